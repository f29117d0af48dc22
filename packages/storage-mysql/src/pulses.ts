import { jsonTable, toJson } from './json-rows.js'
import { nowInMilliseconds } from './migrations.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

/** A row of hints, in one or in several of which a `send` goes. */
export interface Pulse {
  id: number
  hints: string[]
}

export const pageSize = 1_000
/** Characters of the column. */
const rowSize = 4_000
/** ms */
const keptFor = 60_000
/** No hint has one in it. */
const separator = '\n'

export async function insertPulses(session: Session, { quoted }: Tables, hints: string[]): Promise<void> {
  for (const row of pack(hints)) {
    await session.write(`insert into ${quoted.pulses} (hints, sent_at) values (?, ${nowInMilliseconds})`, [row])
  }
}

/** From the id on, itself included, by id: at most a page. */
export async function readPulses(session: Session, { quoted }: Tables, from: number): Promise<Pulse[]> {
  const rows = await session.read(`select id, hints from ${quoted.pulses} where id >= ? order by id limit ${pageSize}`, [from])
  return rows.map(({ id, hints }) => ({ id: Number(id), hints: (hints as string).split(separator) }))
}

/** By id; more than one, because ids that are missing among them may still be committed. */
export async function newestPulses(session: Session, { quoted }: Tables): Promise<number[]> {
  const rows = await session.read(`select id from ${quoted.pulses} order by id desc limit 100`, [])
  return rows.map(({ id }) => Number(id)).reverse()
}

const idTable = jsonTable({ id: 'bigint' })

/**
 * Removes a page of what is older than a minute, and answers whether there is more. The newest stays: where it is gone too, readers know
 * that the table was emptied or made anew, and its ids may begin again. A delete by age, or up to an id, would read the whole table where the
 * server thinks that cheaper (MySQL 9.7 at 1,500 rows), and wait for inserts that are not committed.
 */
export async function prunePulses(session: Session, { quoted }: Tables): Promise<boolean> {
  const rows = await session.read(
    `select id, sent_at < ${nowInMilliseconds} - ${keptFor} as is_old from ${quoted.pulses} order by id limit ${pageSize}`,
    [],
  )
  const old = rows.slice(0, -1).filter(({ is_old: isOld }) => Number(isOld) === 1)
  if (old.length === 0) return false
  await session.write(
    `delete pulses from ${idTable} straight_join ${quoted.pulses} as pulses force index (primary) on pulses.id = given.id`,
    [toJson(old.map(({ id }) => ({ id: Number(id) })))],
  )
  return old.length === pageSize - 1
}

function pack(hints: string[]): string[] {
  const rows: string[] = []
  for (const hint of hints) {
    const last = rows.at(-1)
    if (last !== undefined && last.length + 1 + hint.length <= rowSize) rows[rows.length - 1] = last + separator + hint
    else rows.push(hint)
  }
  return rows
}
