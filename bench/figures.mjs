// What has no floor of the same shape: latencies, idle queries, memory, a long steady load. Prints lines, writes nothing.
//   node bench/figures.mjs --database URL [--only pickup,wake,idle,memory,steady]
import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { idle } from '#figures/idle'
import { memory } from '#figures/memory'
import { pickup } from '#figures/pickup'
import { steady } from '#figures/steady'
import { wake } from '#figures/wake'
import { kindOf, openStorage } from '#product'
import { load } from '#report'

const figures = { pickup, wake, idle, memory, steady }
const { values } = parseArgs({
  options: { database: { type: 'string' }, only: { type: 'string', default: Object.keys(figures).join(',') } },
})
const kind = kindOf(values.database)
const url = values.database.replace(/^mariadb:/, 'mysql:')
for (const [place, name] of values.only.split(',').entries()) {
  const prefix = `figure_${process.pid}_${place}_`
  const storage = await openStorage(kind, url, prefix)
  try {
    await storage.migrate()
    const { server } = await storage.describe()
    console.log(`${server}, load ${load()}: ${await figures[name]({ storage, kind, url, prefix })}`)
  } finally {
    await storage.migrate({ to: 0 })
    await storage.close()
  }
}
if (kind === 'sqlite') for (const end of ['', '-wal', '-shm']) rmSync(url + end, { force: true })
