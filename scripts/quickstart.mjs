// @ts-check
// What `npm run quickstart` calls: builds, then runs the link checker on a SQLite file. Arguments go to the link checker.
import { compile } from './compile.mjs'
import { endLike, run } from './run.mjs'

const built = await run('node', compile(['examples/link-checker']))
if (built.signal || built.code !== 0) endLike(built)
else endLike(await run('node', ['examples/link-checker/dist/main.js', ...process.argv.slice(2)]))
