import Database from 'better-sqlite3'

const newFields = ['id', 'queue', 'type', 'groupKey', 'priority', 'status', 'runAt', 'uniqueKey', 'keyUntil', 'data', 'options']
const newColumns = 'id, queue, type, group_key, priority, status, run_at, unique_key, key_until, data, options'
const columns = `${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at, cancel_requested_at, progress, result, errors`

/** Prepared statements in immediate transactions, WAL and synchronous NORMAL as the storage. One process has one writer, so overlap is one transaction for both. */
export async function openFloor(filename, prefix) {
  const jobs = `"${prefix}jobs"`
  const database = new Database(filename)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = NORMAL')
  const insert = database.prepare(
    `insert into ${jobs} (${newColumns}) values (${newFields.map(() => '?').join(', ')}) on conflict do nothing`,
  )
  const paused = database.prepare(`select name from "${prefix}queues" where paused_at is not null`)
  const free = database.prepare(`select 1 from ${jobs} where status = 'pending' and queue = ? limit 1`)
  const claim =
    database.prepare(`update ${jobs} set status = 'running', claim_id = ?, worker_id = ?, attempts = attempts + 1, started_at = null,
      unique_key = case key_until when 'claim' then null else unique_key end
    where rowid in (select rowid from ${jobs} where status = 'pending' and queue = ? order by priority desc, run_at, id limit ?)
    returning ${columns}`)
  const settle =
    database.prepare(`update ${jobs} set status = ?, run_at = ?, attempts = ?, started_at = ?, finished_at = ?, delete_at = ?, result = ?,
      errors = ?, unique_key = case ? when 1 then null else unique_key end, claim_id = ?, worker_id = case ? when 1 then null else worker_id end
    where id = ? and claim_id = ? and status = 'running' and (? or cancel_requested_at is null)`)

  const claimSome = (claimId, limit) => {
    paused.all()
    const rows = claim.all(claimId, 'bench', 'default', limit)
    free.get('default')
    return rows.map(({ id }) => id)
  }
  const settleSome = (settlements) => {
    for (const to of settlements) {
      const values = [to.status, to.runAt, to.attempts, to.startedAt, to.finishedAt, to.deleteAt, to.result, to.errors]
      settle.run(...values, 1, to.claimId, 0, to.id, to.claimId, 1)
    }
  }
  const inTransaction = (work) => {
    const transaction = database.transaction(work).immediate
    return async (...values) => transaction(...values)
  }
  return {
    insert: inTransaction((rows) => {
      for (const row of rows) insert.run(...newFields.map((field) => row[field]))
    }),
    claim: inTransaction(claimSome),
    settle: inTransaction(settleSome),
    settleAndClaim: inTransaction((settlements, claimId, limit) => {
      settleSome(settlements)
      return claimSome(claimId, limit)
    }),
    singles: async () => ({ insert: inTransaction((row) => insert.run(...newFields.map((field) => row[field]))), close: async () => {} }),
    crowd: async (count) => crowd(database, jobs, count),
    prepareToDrain: async () => database.pragma('wal_checkpoint(TRUNCATE)'),
    close: async () => database.close(),
  }
}

function crowd(database, jobs, count) {
  const now = Date.now()
  const numbers = `with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < ${count})`
  const id = (kind) => `printf('%08x-0000-7000-8000-00000000000${kind}', n)`
  const data = `'{"i":' || n || ',"to":"user@example.com"}', '{}'`
  database.exec(`insert into ${jobs} (${newColumns}) ${numbers}
    select ${id(1)}, 'default', 'noop', null, 5, 'scheduled', ${now + 30 * 86_400_000} + n, null, 'settlement', ${data} from numbers`)
  database.exec(`insert into ${jobs} (${newColumns}, attempts, claim_id, worker_id, started_at, finished_at, delete_at) ${numbers}
    select ${id(2)}, 'default', 'noop', null, 5, 'completed', ${now}, null, 'settlement', ${data}, 1, ${id(3)}, 'bench', ${now}, ${now}, ${now + 86_400_000} + n from numbers`)
}
