// @ts-check
// What `npm run guarantees` calls: makes docs/guarantees.md from guarantees/ and the last runs of `npm test`.
import { writeFileSync } from 'node:fs'
import { chapters } from '../guarantees/cases/index.mjs'
import { columns } from '../guarantees/stores.mjs'
import { readKeptRuns } from './test/kept-runs.mjs'
import { buildPage, format, page, record } from './guarantees/files.mjs'
import { toRecord } from './guarantees/record.mjs'
import { root } from './run.mjs'

const runs = readKeptRuns(root)
if (runs.length === 0) console.log('There is no run here: the page is made from guarantees/last-run.json. `npm test` makes a new one.')
else {
  const cases = chapters.flatMap((chapter) => chapter.cases)
  writeFileSync(record, await format(record, JSON.stringify(toRecord(runs, cases, columns))))
}
writeFileSync(page, await buildPage())
