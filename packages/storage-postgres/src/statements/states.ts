import type { NewJob, NewState, QueueRow } from '@dbjobq/core/storage'
import type { SqlNames } from '../names.js'
import type { Session } from '../session.js'
import { inKeyOrder, newJobArrays, newJobColumns, newJobParameters } from './new-jobs.js'

/** Compare-and-set and jobs in one statement. */
export async function putState(
  session: Session,
  names: SqlNames,
  state: NewState,
  expected: number | null,
  jobs: NewJob[],
): Promise<boolean> {
  const put = compareAndSet(names, state, expected)
  const insert = `insert into ${names.jobs} (${newJobColumns})
    select ${newJobColumns} from unnest(${newJobArrays(put.values.length + 1)}) with ordinality as given (${newJobColumns}, place)
    where exists (select from put) order by place on conflict do nothing`
  const text = `with put as (${put.text})${jobs.length > 0 ? `, inserted as (${insert})` : ''} select from put`
  const { rowCount } = await session.query({ text }, [...put.values, ...(jobs.length > 0 ? newJobParameters(inKeyOrder(jobs)) : [])])
  return rowCount === 1
}

function compareAndSet({ states }: SqlNames, { kind, id, dueAt, text }: NewState, expected: number | null) {
  if (expected !== null) {
    const there = 'where kind = $1 and id = $2 and revision = $3 returning id'
    if (text === null) return { text: `delete from ${states} ${there}`, values: [kind, id, expected] }
    const set = `update ${states} set revision = revision + 1, due_at = $4, text = $5`
    return { text: `${set} ${there}`, values: [kind, id, expected, dueAt, text] }
  }
  // Absent it is to be and absent it must have been.
  if (text === null) return { text: `select where not exists (select from ${states} where kind = $1 and id = $2)`, values: [kind, id] }
  const create = `insert into ${states} (kind, id, revision, due_at, text) values ($1, $2, 1, $3, $4) on conflict do nothing returning id`
  return { text: create, values: [kind, id, dueAt, text] }
}

export async function putQueue(session: Session, { queues }: SqlNames, { name, pausedAt, settings }: QueueRow): Promise<void> {
  const text = `insert into ${queues} (name, paused_at, settings) values ($1, $2, $3)
    on conflict (name) do update set paused_at = $2, settings = $3`
  await session.query({ text }, [name, pausedAt, settings])
}
