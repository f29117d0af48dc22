// @ts-check
// docs/guarantees.md: the prose of guarantees/page-text.txt, and what the last runs showed in place of its markers.
import { columns } from '../../guarantees/stores.mjs'
import { judge } from './judge.mjs'

/** @typedef {{ store: string, date: string, minutes: number, jobs: number, runs: number, kills: number, lostLeases: number, failedCalls: number, lostJobs: number, seed: string }} LongRun */

/**
 * @param {string} prose
 * @param {import('./case.mjs').Chapter[]} chapters
 * @param {import('./record.mjs').Record} record
 * @param {LongRun[]} longRuns
 */
export function makePage(prose, chapters, record, longRuns) {
  const parts = {
    tested: tested(record),
    cases: chapters.map((chapter) => showChapter(chapter, record)).join('\n\n'),
    long: long(longRuns),
  }
  return Object.entries(parts).reduce((page, [name, text]) => {
    const marker = `<!-- generated: ${name} -->`
    if (!page.includes(marker)) throw new Error(`guarantees/page-text.txt has no ${marker}`)
    return page.replace(marker, () => text)
  }, prose)
}

/** @param {import('./record.mjs').Record} record */
function tested({ runs }) {
  const rows = columns.map(({ target, title }) => {
    const run = runs.find(({ name }) => name === target)
    return [title, target, run?.version ?? 'has not run', run?.date ?? '']
  })
  return table([['column', 'target of `npm test`', 'version', 'last run'], ...rows])
}

const marks = { held: 'held', weaker: 'weaker', 'not applicable': '–', open: 'open', 'not shown': 'not shown' }

/**
 * @param {import('./case.mjs').Chapter} chapter
 * @param {import('./record.mjs').Record} record
 */
function showChapter({ title, cases }, record) {
  const judged = cases.map((item) => ({ item, cells: columns.map((column) => ({ column, ...judge(item, column, record) })) }))
  const rows = judged.map(({ item, cells }) => [
    `${item.first ? '**' : ''}${String(item.number)}${item.first ? '**' : ''}`,
    item.says,
    ...cells.map(({ verdict }) => marks[verdict]),
  ])
  const reasons = judged.flatMap(({ item, cells }) => reasonsOf(item, cells))
  const proofs = judged.flatMap(({ item }) => proofsOf(item))
  return [
    `### ${title}`,
    table([['', 'what holds', ...columns.map((column) => column.title)], ...rows]),
    ...(reasons.length > 0 ? [reasons.join('\n')] : []),
    `<details><summary>The tests that show it</summary>`,
    proofs.join('\n'),
    `</details>`,
  ].join('\n\n')
}

const said = { held: '', weaker: 'weaker on', 'not applicable': 'does not apply to', open: 'open on', 'not shown': 'not shown on' }

/**
 * Stores of the same reason in one line.
 * @param {import('./case.mjs').Case} item
 * @param {(import('./judge.mjs').Judgement & { column: import('../../guarantees/stores.mjs').Column })[]} cells
 */
function reasonsOf({ number }, cells) {
  const told = Map.groupBy(
    cells.filter(({ reason }) => reason !== ''),
    ({ verdict, reason }) => JSON.stringify([verdict, reason]),
  )
  return [...told.values()].map((same) => {
    const [{ verdict, reason } = { verdict: /** @type {const} */ ('held'), reason: '' }] = same
    return `- ${String(number)}, ${said[verdict]} ${nameAll(same.map(({ column }) => column))}: ${reason}.`
  })
}

/** @param {import('../../guarantees/stores.mjs').Column[]} some */
function nameAll(some) {
  const names = (/** @type {import('../../guarantees/stores.mjs').Column[]} */ list) => list.map(({ title }) => title).join(', ')
  const others = columns.filter((column) => !some.includes(column))
  if (others.length === 0) return 'all'
  return others.length > 2 ? names(some) : `all but ${names(others)}`
}

/** @param {import('./case.mjs').Case} item */
function proofsOf({ number, shown = {}, core = [] }) {
  const groups = [
    ...Object.entries(shown).map(([name, proofs]) => ({ where: name === 'every' ? '' : `${name}: `, proofs })),
    { where: 'once, in core: ', proofs: core },
  ]
  const parts = groups
    .filter(({ proofs }) => proofs.length > 0)
    .map(({ where, proofs }) => where + proofs.map((proof) => `\`${proof}\``).join(', '))
  return parts.length === 0 ? [] : [`- ${String(number)}: ${parts.join('; ')}`]
}

/** @param {LongRun[]} runs */
function long(runs) {
  if (runs.length === 0) return 'Not measured yet.'
  const rows = runs.map(({ store, date, minutes, jobs, runs: handled, kills, lostLeases, failedCalls, lostJobs, seed }) =>
    [store, date, minutes, jobs, handled, kills, lostLeases, failedCalls, lostJobs, seed].map((value) =>
      typeof value === 'number' ? value.toLocaleString('en') : value,
    ),
  )
  const head = ['store', 'date', 'minutes', 'jobs', 'runs', 'kills', 'runs lost to a lease', 'calls failed', 'jobs lost', 'seed']
  return table([head, ...rows])
}

/** @param {string[][]} rows the first is the head */
function table([head = [], ...rows]) {
  const line = (/** @type {string[]} */ cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
