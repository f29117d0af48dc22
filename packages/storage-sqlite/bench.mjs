import { SqliteStorage } from '@dbjobq/storage-sqlite'
import { newJobs, newJob, claimRequest, settlement } from '../storage-conformance/dist/factories.js'
import Database from 'better-sqlite3'
import fs from 'node:fs'
import { randomUUID } from 'node:crypto'
const dir = '/tmp/sqbench'; fs.mkdirSync(dir, { recursive: true })
const file = dir + '/b.db'
const median = (v) => v.toSorted((a, b) => a - b)[v.length >> 1]
const REPS = Number(process.env.REPS ?? 5), sync = process.env.SYNC ?? 'NORMAL'
async function fresh() { for (const s of ['', '-wal', '-shm']) fs.rmSync(file + s, { force: true }); const s = new SqliteStorage({ filename: file, synchronous: sync }); await s.migrate(); return s }
const lag = () => { let worst = 0, last = performance.now(); const t = setInterval(() => { const n = performance.now(); worst = Math.max(worst, n - last - 10); last = n }, 10); return () => { clearInterval(t); return Math.max(worst, performance.now() - last - 10) } }
function bare() { const db = new Database(file, { timeout: 0 }); db.pragma('journal_mode = WAL'); db.pragma('synchronous = ' + sync); return db }
const cols = 'id, queue, type, group_key, priority, status, run_at, unique_key, key_until, data, options'
const all = cols + ', attempts, claim_id, worker_id, started_at, finished_at, delete_at, cancel_requested_at, progress, result, errors'
const INS = `insert into dbjobq_jobs (${cols}) values (?,?,?,?,?,?,?,?,?,?,?) on conflict do nothing`
const CLAIM = `update dbjobq_jobs set status='running', claim_id=?, worker_id=?, attempts=attempts+1, started_at=null, unique_key = case key_until when 'claim' then null else unique_key end where rowid in (select rowid from dbjobq_jobs where status='pending' and queue=? order by priority desc, run_at, id limit ?) returning ${all}`
const SETTLE = `update dbjobq_jobs set status = ?, run_at = ?, attempts = ?, started_at = ?, finished_at = ?, delete_at = ?, result = ?, errors = ?,
    unique_key = case ? when 1 then null else unique_key end, claim_id = ?, worker_id = case ? when 1 then null else worker_id end
  where id = ? and claim_id = ? and status = 'running' and (? or cancel_requested_at is null)`
const values = (j) => [j.id, j.queue, j.type, j.groupKey, j.priority, j.status, j.runAt, j.uniqueKey, j.keyUntil, j.data, j.options]
const N = 30, out = {}
const add = (k, v) => (out[k] ??= []).push(v)
for (let r = 0; r < REPS; r++) {
  const batches = Array.from({ length: N }, () => newJobs(1000))
  { const s = await fresh(); await s.close(); const db = bare(); const ins = db.prepare(INS), b = db.prepare('begin immediate'), c = db.prepare('commit')
    let t = performance.now(); for (const jobs of batches) { b.run(); for (const j of jobs) ins.run(...values(j)); c.run() } add('floor insert1000', N * 1000 / (performance.now() - t) * 1000)
    const claim = db.prepare(CLAIM), settle = db.prepare(SETTLE)
    t = performance.now(); let done = 0
    for (;;) { const id = randomUUID(); b.run(); const rows = claim.all(id, 'w', 'default', 100); c.run(); if (!rows.length) break
      b.run(); for (const x of rows) settle.run('completed', x.run_at, x.attempts, 1, 2, 3, '{"ok":true}', null, 1, id, 0, x.id, id, 1); c.run(); done += rows.length }
    add('floor claim+settle100', done / (performance.now() - t) * 1000)
    t = performance.now(); const single = newJobs(5000); const t1 = performance.now(); for (const j of single) { b.run(); ins.run(...values(j)); c.run() } add('floor insert1', 5000 / (performance.now() - t1) * 1000)
    db.close() }
  { const s = await fresh(); const stop = lag(); let t = performance.now(); for (const jobs of batches) await s.insertJobs(jobs); add('insert1000', N * 1000 / (performance.now() - t) * 1000); add('lag insert ms', stop())
    const stop2 = lag(); t = performance.now(); let done = 0, worst = 0
    for (;;) { const { jobs } = await s.claimJobs(claimRequest({ claimId: randomUUID() })); if (!jobs.length) break
      await s.settleJobs(jobs.map((j) => settlement(j))); done += jobs.length }
    add('claim+settle100', done / (performance.now() - t) * 1000); add('lag drain ms', stop2())
    const single = newJobs(5000); t = performance.now(); for (const j of single) await s.insertJobs([j]); add('insert1', 5000 / (performance.now() - t) * 1000)
    const c16 = newJobs(5000); t = performance.now(); for (let i = 0; i < 5000; i += 16) await Promise.all(c16.slice(i, i + 16).map((j) => s.insertJobs([j]))); add('insert1 c16', 5000 / (performance.now() - t) * 1000)
    await s.close() }
  { // overlapped: settle of the previous with the next claim
    const s = await fresh(); for (const jobs of batches) await s.insertJobs(jobs)
    let t = performance.now(), prev = [], done = 0
    for (;;) { const [{ jobs }] = await Promise.all([s.claimJobs(claimRequest({ claimId: randomUUID() })), prev.length ? s.settleJobs(prev.map((j) => settlement(j))) : 0]); done += prev.length; prev = jobs; if (!jobs.length) break }
    add('claim+settle100 overlapped', done / (performance.now() - t) * 1000)
    let w = 0; for (const [n, f] of [['settle1000', null], ['x', null]]) { }
    const big = newJobs(1000); t = performance.now(); await s.insertJobs(big); add('ms one insert1000', performance.now() - t)
    t = performance.now(); const got = (await s.claimJobs(claimRequest({ limit: 1000, queues: [{ name: 'default', limit: 1000 }] }))).jobs; add('ms one claim1000', performance.now() - t)
    t = performance.now(); await s.settleJobs(got.map((j) => settlement(j))); add('ms one settle1000', performance.now() - t)
    t = performance.now(); const n = await s.pruneJobs({ now: Date.now(), limit: 1000 }); add('ms one prune1000', performance.now() - t)
    t = performance.now(); await s.findJobs({ status: ['completed'] }, { limit: 1000, order: 'newest' }); add('ms find1000', performance.now() - t)
    t = performance.now(); await s.countJobs(['queue', 'status'], { scanLimit: 10000 }); add('ms count', performance.now() - t)
    t = performance.now(); for (let i = 0; i < 50; i++) await s.transaction(async (tx) => s.insertJobs([newJob()], { tx })); add('ms transaction()', (performance.now() - t) / 50)
    await s.close() }
}
for (const [k, v] of Object.entries(out)) console.log(k.padEnd(30), Math.round(median(v) * 100) / 100, ' all', v.map((x) => Math.round(x * 10) / 10).join(' '))
for (const k of ['insert1000', 'claim+settle100', 'insert1']) console.log('ratio', k, (median(out[k]) / median(out['floor ' + k])).toFixed(3))
