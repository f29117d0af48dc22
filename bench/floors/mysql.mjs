import mysql from 'mysql2/promise'

const newFields = ['id', 'queue', 'type', 'groupKey', 'priority', 'status', 'runAt', 'uniqueKey', 'keyUntil', 'data', 'options']
const newColumns = 'id, queue, type, group_key, priority, status, run_at, unique_key, key_until, data, options'
const columns = `${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at, cancel_requested_at, progress, result, errors`
const uuid = `varchar(36) character set ascii collate ascii_bin`
const text = 'longtext character set utf8mb4'
const given = (list) => {
  const paths = Object.entries(list).map(([name, type]) => `${name} ${type} path '$.${name}' error on error`)
  return `json_table(?, '$[*]' columns (${paths.join(', ')})) given`
}
const settledColumns = {
  ...{ id: uuid, claim_id: uuid, status: 'varchar(16) character set ascii collate ascii_bin', run_at: 'bigint', attempts: 'int' },
  ...{
    started_at: 'bigint',
    finished_at: 'bigint',
    delete_at: 'bigint',
    result: text,
    errors: text,
    release_key: 'tinyint',
    forget_claim: 'tinyint',
  },
}

const textsOf = (jobs, queues) => ({
  insert: `insert into ${jobs} (${newColumns}) values ? on duplicate key update id = ${jobs}.id`,
  select: `select ${columns} from ${jobs} force index (claim)
    where queue = 'default' and status = 'pending' and (claim_rank > ? or (claim_rank = ? and run_at >= ?))
      and not exists (select 1 from ${queues} where name = 'default' and paused_at is not null)
    order by claim_rank, run_at, id limit ? for update skip locked`,
  claim: `update ${given({ id: uuid })} straight_join ${jobs} as jobs on jobs.id = given.id
    set jobs.status = 'running', jobs.claim_id = ?, jobs.worker_id = 'bench', jobs.attempts = jobs.attempts + 1, jobs.started_at = null,
      jobs.unique_key = if(jobs.key_until = 'claim', null, jobs.unique_key)`,
  settle: `update ${given(settledColumns)} straight_join ${jobs} as jobs on jobs.id = given.id
    set jobs.status = given.status, jobs.run_at = given.run_at, jobs.attempts = given.attempts, jobs.started_at = given.started_at,
      jobs.finished_at = given.finished_at, jobs.delete_at = given.delete_at, jobs.result = given.result, jobs.errors = given.errors,
      jobs.unique_key = if(given.release_key, null, jobs.unique_key), jobs.claim_id = if(given.forget_claim, null, jobs.claim_id),
      jobs.worker_id = if(given.forget_claim, null, jobs.worker_id)
    where jobs.status = 'running' and jobs.claim_id = given.claim_id
      and (jobs.cancel_requested_at is null or given.status not in ('scheduled', 'pending'))`,
})

/** Prepared statements in READ COMMITTED transactions on two connections. A claim goes on where the last one ended, as in the storage. */
export async function openFloor(url, prefix) {
  const jobs = `${prefix}jobs`
  const texts = textsOf(jobs, `${prefix}queues`)
  const [claimer, settler] = [await connect(url), await connect(url)]
  const start = [-32_768, -32_768, 0]
  let mark = start

  const claim = async (claimId, limit) => {
    await claimer.query('start transaction')
    const [rows] = await claimer.execute(texts.select, [...mark, limit].map(String))
    if (rows.length > 0) await claimer.execute(texts.claim, [JSON.stringify(rows.map(({ id }) => ({ id }))), claimId])
    await claimer.query('commit')
    const last = rows.at(-1)
    if (last) mark = [-last.priority, -last.priority, last.run_at]
    else if (mark !== start) {
      mark = start
      return claim(claimId, limit)
    }
    return rows.map(({ id }) => id)
  }
  const settle = async (settlements) => {
    await settler.query('start transaction')
    await settler.execute(texts.settle, [JSON.stringify(settlements.map(toColumns))])
    await settler.query('commit')
  }
  return {
    insert: (rows) => settler.query(texts.insert, [rows.map((row) => newFields.map((field) => row[field]))]),
    claim,
    settle,
    settleAndClaim: async (settlements, claimId, limit) => (await Promise.all([claim(claimId, limit), settle(settlements)]))[0],
    singles: (connections) =>
      singles(url, `insert into ${jobs} (${newColumns}) values (${newFields.map(() => '?').join(', ')})`, connections),
    crowd: (count) => crowd(claimer, jobs, count),
    prepareToDrain: () => claimer.query(`analyze table ${jobs}`),
    close: () => Promise.all([claimer.end(), settler.end()]),
  }
}

/** One row a call, each caller on a connection of its own. */
async function singles(url, text, connections) {
  const pool = mysql.createPool({ uri: url, charset: 'utf8mb4', connectionLimit: connections })
  return {
    insert: (row) =>
      pool.execute(
        text,
        newFields.map((field) => row[field]),
      ),
    close: () => pool.end(),
  }
}

async function connect(url) {
  const connection = await mysql.createConnection({ uri: url, charset: 'utf8mb4' })
  await connection.query('set session transaction isolation level read committed')
  return connection
}

function toColumns(to) {
  const { id, status, attempts, result, errors } = to
  const times = { run_at: to.runAt, started_at: to.startedAt, finished_at: to.finishedAt, delete_at: to.deleteAt }
  return {
    id,
    claim_id: to.claimId,
    status,
    ...times,
    attempts,
    result,
    errors,
    release_key: Number(to.releaseKey),
    forget_claim: Number(to.forgetClaim),
  }
}

async function crowd(connection, jobs, count) {
  const now = Date.now()
  const chunk = 50_000
  const digits = `(${[...'0123456789'].map((digit) => `select ${digit} as d`).join(' union all ')})`
  const number = 'a.d + 10 * b.d + 100 * c.d + 1000 * d.d + 10000 * e.d'
  const id = (kind) => `concat(lpad(lower(hex(n)), 8, '0'), '-0000-7000-8000-00000000000${kind}')`
  const data = `concat('{"i":', n, ',"to":"user@example.com"}'), '{}'`
  for (let at = 0; at < count; at += chunk) {
    const size = Math.min(chunk, count - at)
    const numbers = `(select ${at} + ${number} as n from ${digits} a, ${digits} b, ${digits} c, ${digits} d, ${digits} e where ${number} < ${size}) as numbers`
    await connection.query(`insert into ${jobs} (${newColumns})
      select ${id(1)}, 'default', 'noop', null, 5, 'scheduled', ${now + 30 * 86_400_000} + n, null, 'settlement', ${data} from ${numbers}`)
    await connection.query(`insert into ${jobs} (${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at)
      select ${id(2)}, 'default', 'noop', null, 5, 'completed', ${now}, null, 'settlement', ${data}, 1, ${id(3)}, 'bench', ${now}, ${now}, ${now + 86_400_000} + n
      from ${numbers}`)
  }
}
