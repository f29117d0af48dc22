import { existsSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measures } from '#measures'
import { kindOf, openStorage } from '#product'
import { load, printHead, printMeasure } from '#report'

const usage = `node bench/run.mjs --database URL [--only ${Object.keys(measures).join(',')}] [--repeat 3] [--jobs 50000] [--crowd 500000]
URL: postgres://, mysql://, mariadb://, mongodb://, or the path of an SQLite file`

const options = readOptions()
const { openFloor } = await import(`#floors/${options.kind}`)
const isNewFile = options.kind === 'sqlite' && !existsSync(options.url)
let tables = 0
try {
  printHead(await onTables(async ({ storage }) => (await storage.describe()).server), options)
  // What runs first would pay for the compiler of both sides.
  await measures.drain.run({ ...options, repeat: 1, jobs: 2_000, onTables })
  for (const name of options.only) {
    const before = load()
    const rates = await measures[name].run({ ...options, onTables })
    printMeasure(measures[name], rates, [before, load()])
  }
} finally {
  if (isNewFile) for (const end of ['', '-wal', '-shm']) rmSync(options.url + end, { force: true })
}

/** Both sides work on the storage's own tables, new for each run and dropped after it. */
async function onTables(work) {
  const prefix = `bench_${process.pid}_${++tables}_`
  const storage = await openStorage(options.kind, options.url, prefix)
  let floor
  try {
    await storage.migrate()
    floor = await openFloor(options.url, prefix)
    return await work({ storage, floor })
  } finally {
    await floor?.close()
    await storage.migrate({ to: 0 })
    await storage.close()
  }
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      database: { type: 'string' },
      only: { type: 'string', default: Object.keys(measures).join(',') },
      repeat: { type: 'string', default: '3' },
      jobs: { type: 'string', default: '50000' },
      crowd: { type: 'string', default: '500000' },
    },
  })
  const only = values.only.split(',')
  const numbers = [values.repeat, values.jobs, values.crowd].map(Number)
  const isRight =
    values.database && only.every((name) => name in measures) && numbers.every((number) => Number.isInteger(number) && number > 0)
  if (!isRight) {
    console.error(usage)
    process.exit(2)
  }
  const [repeat, jobs, crowd] = numbers
  return { url: values.database.replace(/^mariadb:/, 'mysql:'), kind: kindOf(values.database), only, repeat, jobs, crowd }
}
