// @ts-check
// What `npm run quickstart` calls: builds, then runs the link checker on a SQLite file. Arguments go to the link checker.
import { endLike, run } from './run.mjs'

const built = await run('pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=errors-only'])
if (built.signal || built.code !== 0) endLike(built)
else endLike(await run('node', ['examples/link-checker/dist/main.js', ...process.argv.slice(2)]))
