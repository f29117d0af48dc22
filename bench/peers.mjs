// dbjobq at its defaults beside other queues at the best settings of their documentation, each draining the same jobs in turn.
//   node bench/peers.mjs --database URL [--jobs 20000] [--repeat 3]
import { execFile } from 'node:child_process'
import { rmSync } from 'node:fs'
import { parseArgs, promisify } from 'node:util'
import { drainThroughWorker, kindOf, openStorage } from '#product'
import { load, median, whole } from '#report'

const peersOf = { postgres: ['graphile-worker', 'pg-boss'], mysql: ['sidequest'], sqlite: ['plainjob'], mongo: ['agenda'] }

const { values } = parseArgs({
  options: { database: { type: 'string' }, jobs: { type: 'string', default: '20000' }, repeat: { type: 'string', default: '3' } },
})
const kind = kindOf(values.database)
const url = values.database.replace(/^mariadb:/, 'mysql:')
const jobs = Number(values.jobs)

const sides = { dbjobq: drainOurs, ...Object.fromEntries(peersOf[kind].map((name) => [name, () => drainPeer(name)])) }
const rates = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
const before = load()
for (let round = 0; round < Number(values.repeat); round++) {
  const order = Object.entries(sides)
  if (round % 2 === 1) order.reverse()
  for (const [name, drain] of order) rates[name].push((jobs / (await drain())) * 1_000)
}
console.log(`${kind}, drain of ${whole(jobs)} jobs, jobs/s, medians of ${values.repeat}, load ${before} to ${load()}\n`)
console.log('| queue | jobs/s | dbjobq is | all runs |\n|---|--:|--:|---|')
for (const [name, all] of Object.entries(rates)) {
  const times = (median(rates.dbjobq) / median(all)).toFixed(1)
  console.log(`| ${name} | ${whole(median(all))} | ${times} x | ${all.map(whole).join(' ')} |`)
}

async function drainOurs() {
  const prefix = `bench_${process.pid}_`
  const storage = await openStorage(kind, url, prefix)
  try {
    await storage.migrate()
    return await drainThroughWorker(storage, jobs)
  } finally {
    await storage.migrate({ to: 0 })
    await storage.close()
    if (kind === 'sqlite') for (const end of ['', '-wal', '-shm']) rmSync(url + end, { force: true })
  }
}

async function drainPeer(name) {
  const file = new URL('peers/drain-one.mjs', import.meta.url).pathname
  const { stdout } = await promisify(execFile)(process.execPath, [file, name, url, String(jobs)], { maxBuffer: 2 ** 26 })
  return JSON.parse(stdout.trim().split('\n').at(-1)).ms
}
