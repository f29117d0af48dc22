import pg from 'pg'

const newColumns = 'id, queue, type, group_key, priority, status, run_at, unique_key, key_until, data, options'
const columns = `${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at, cancel_requested_at, progress, result, errors`
const newFields = ['id', 'queue', 'type', 'groupKey', 'priority', 'status', 'runAt', 'uniqueKey', 'keyUntil', 'data', 'options']
const settledFields = [
  ...['id', 'claimId', 'status', 'runAt', 'attempts', 'startedAt', 'finishedAt', 'deleteAt', 'result', 'errors'],
  ...['releaseKey', 'forgetClaim'],
]
const arraysOf = (fields, rows) => fields.map((field) => rows.map((row) => row[field]))

const textsOf = (jobs, queues) => ({
  insert: `insert into ${jobs} (${newColumns}) select ${newColumns}
    from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::text[], $7::bigint[], $8::text[], $9::text[], $10::text[], $11::text[])
      with ordinality as given (${newColumns}, place) order by place on conflict do nothing`,
  claim: `update ${jobs} as jobs set status = 'running', claim_id = $1, worker_id = 'bench', attempts = attempts + 1, started_at = null,
      unique_key = case when key_until = 'claim' then null else unique_key end
    where id = any(array(
      select id from (
        select id from ${jobs} where queue = 'default' and status = 'pending' and (-priority::integer, run_at) >= ($2::integer, $3::bigint)
          and not exists (select from ${queues} where name = 'default' and paused_at is not null)
        order by -priority::integer, run_at, id limit 1000 for update skip locked
      ) as free limit $4))
    returning ${columns}`,
  settle: `update ${jobs} as jobs set status = given.status, run_at = given.run_at, attempts = given.attempts, started_at = given.started_at,
      finished_at = given.finished_at, delete_at = given.delete_at, result = given.result, errors = given.errors,
      unique_key = case when given.release_key then null else jobs.unique_key end,
      claim_id = case when given.forget_claim then null else jobs.claim_id end,
      worker_id = case when given.forget_claim then null else jobs.worker_id end
    from unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::integer[], $6::bigint[], $7::bigint[], $8::bigint[], $9::text[], $10::text[],
      $11::boolean[], $12::boolean[]) as given (id, claim_id, status, run_at, attempts, started_at, finished_at, delete_at, result, errors,
      release_key, forget_claim)
    where jobs.id = given.id and jobs.status = 'running' and jobs.claim_id = given.claim_id
      and (jobs.cancel_requested_at is null or given.status not in ('scheduled', 'pending'))
    returning jobs.id`,
})

/** Prepared statements on two connections. A claim goes on where the last one began, as in the storage. */
export async function openFloor(url, prefix) {
  const jobs = `${prefix}jobs`
  const texts = textsOf(jobs, `${prefix}queues`)
  const pool = new pg.Pool({ connectionString: url, max: 2 })
  const run = (name, values) => pool.query({ name, text: texts[name], values })
  const start = [-32_767, 0]
  let place = start

  const claim = async (claimId, limit) => {
    const { rows } = await run('claim', [claimId, ...place, limit])
    if (rows.length === 0 && place !== start) {
      place = start
      return claim(claimId, limit)
    }
    if (rows.length > 0) place = [-rows[0].priority, Math.min(...rows.map((row) => Number(row.run_at)))]
    return rows.map(({ id }) => id)
  }
  const settle = (settlements) => run('settle', arraysOf(settledFields, settlements))
  await Promise.all([pool.query('select 1'), pool.query('select 1')])
  return {
    insert: (rows) => run('insert', arraysOf(newFields, rows)),
    claim,
    settle,
    settleAndClaim: async (settlements, claimId, limit) => (await Promise.all([claim(claimId, limit), settle(settlements)]))[0],
    singles: (connections) => singles(url, texts.insert, connections),
    crowd: (count) => crowd(pool, jobs, count),
    prepareToDrain: () => pool.query(`vacuum analyze ${jobs}`),
    close: () => pool.end(),
  }
}

/** One row a call, each caller on a connection of its own. */
async function singles(url, text, connections) {
  const pool = new pg.Pool({ connectionString: url, max: connections })
  return {
    insert: (row) => pool.query({ name: 'insert', text, values: arraysOf(newFields, [row]) }),
    close: () => pool.end(),
  }
}

async function crowd(pool, jobs, count) {
  const now = Date.now()
  const id = (kind) => `lpad(to_hex(n), 8, '0') || '-0000-7000-8000-00000000000${kind}'`
  const data = `'{"i":' || n || ',"to":"user@example.com"}', '{}'`
  await pool.query(`insert into ${jobs} (${newColumns})
    select ${id(1)}, 'default', 'noop', null, 5, 'scheduled', ${now + 30 * 86_400_000} + n, null, 'settlement', ${data} from generate_series(1, ${count}) as n`)
  await pool.query(`insert into ${jobs} (${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at)
    select ${id(2)}, 'default', 'noop', null, 5, 'completed', ${now}, null, 'settlement', ${data}, 1, ${id(3)}, 'bench', ${now}, ${now}, ${now + 86_400_000} + n
    from generate_series(1, ${count}) as n`)
  await pool.query('checkpoint')
}
