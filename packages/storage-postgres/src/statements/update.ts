import type { JobUpdate, UpdateAnswer } from '@dbjobq/core/storage'
import { jobColumns } from '@dbjobq/storage-sql'
import type { SqlNames } from '../names.js'
import type { Session } from '../session.js'

type Field = keyof JobUpdate['set']

const types: Partial<Record<Field, string>> = {
  runAt: 'bigint',
  priority: 'smallint',
  attempts: 'integer',
  startedAt: 'bigint',
  finishedAt: 'bigint',
  deleteAt: 'bigint',
  cancelRequestedAt: 'bigint',
}

/** Updates in a row that write the same fields under the same guard go in one statement; one that asks for a key goes alone. */
export function runsOf(updates: JobUpdate[]): JobUpdate[][] {
  const runs: JobUpdate[][] = []
  let last = ''
  for (const update of updates) {
    const kind = asksForKey(update) ? '' : JSON.stringify([update.from, fieldsOf(update)])
    const run = runs.at(-1)
    if (run && kind !== '' && kind === last && !run.some(({ id }) => id === update.id)) run.push(update)
    else runs.push([update])
    last = kind
  }
  return runs
}

export function asksForKey({ set }: JobUpdate): boolean {
  return typeof set.uniqueKey === 'string'
}

/** Within a transaction if there are several runs, or if one asks for a key. */
export async function updateJobs(session: Session, names: SqlNames, runs: JobUpdate[][]): Promise<UpdateAnswer[]> {
  const answers: UpdateAnswer[] = []
  for (const run of runs) {
    const [first] = run
    if (!first) continue
    if (asksForKey(first)) answers.push(await updateWithKey(session, names, first))
    else answers.push(...(await updateRun(session, names, first, run)))
  }
  return answers
}

async function updateRun(session: Session, { jobs }: SqlNames, first: JobUpdate, run: JobUpdate[]): Promise<UpdateAnswer[]> {
  const fields = fieldsOf(first)
  const text = `
    update ${jobs} as jobs set ${assignments(fields)}
    from unnest($2::text[]${fields.map((field, index) => `, $${index + 3}::${types[field] ?? 'text'}[]`).join('')})
      as given (${['id', ...fields.map((field) => jobColumns[field])].join(', ')})
    where jobs.id = given.id and jobs.status = any($1::text[])
    returning jobs.id`
  const values = fields.map((field) => run.map(({ set }) => set[field]))
  const { rows } = await session.query({ text }, [first.from, run.map(({ id }) => id), ...values])
  const updated = new Set(rows.map(({ id }) => id))
  return run.map(({ id }) => (updated.has(id) ? 'updated' : 'stale'))
}

/** Whoever inserts the same key at the same time is seen by the index only: a savepoint keeps the transaction alive then. */
async function updateWithKey(session: Session, { jobs }: SqlNames, update: JobUpdate): Promise<UpdateAnswer> {
  const fields = fieldsOf(update)
  const text = `
    with holder as (select from ${jobs} where unique_key = $3 and id <> $1),
    fitting as (select from ${jobs} where id = $1 and status = any($2::text[])),
    updated as (
      update ${jobs} as jobs set ${assignments(fields)}
      from (select $3 as unique_key${fields
        .filter((field) => field !== 'uniqueKey')
        .map((field, index) => `, $${index + 4}::${types[field] ?? 'text'} as ${jobColumns[field]}`)
        .join('')}) as given
      where jobs.id = $1 and jobs.status = any($2::text[]) and not exists (select from holder)
      returning jobs.id
    )
    select exists (select from updated) as updated, exists (select from fitting) and exists (select from holder) as taken`
  const others = fields.filter((field) => field !== 'uniqueKey').map((field) => update.set[field])
  await session.query({ text: 'savepoint dbjobq_key' })
  try {
    const { rows } = await session.query({ text }, [update.id, update.from, update.set.uniqueKey, ...others])
    await session.query({ text: 'release savepoint dbjobq_key' })
    return rows[0]?.updated === true ? 'updated' : rows[0]?.taken === true ? 'keyTaken' : 'stale'
  } catch (error) {
    if ((error as { code?: unknown }).code !== '23505') throw error
    await session.query({ text: 'rollback to savepoint dbjobq_key' })
    await session.query({ text: 'release savepoint dbjobq_key' })
    return 'keyTaken'
  }
}

/** Without a field the row is still locked and looked at. */
function assignments(fields: Field[]): string {
  return fields.map((field) => `${jobColumns[field]} = given.${jobColumns[field]}`).join(', ') || 'id = jobs.id'
}

function fieldsOf({ set }: JobUpdate): Field[] {
  return (Object.keys(set) as Field[]).filter((field) => set[field] !== undefined).toSorted()
}
