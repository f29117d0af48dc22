import { StorageError } from '@dbjobq/core/storage'
import { meanwhile, type Tooth } from './tooth.js'

export const schemaTeeth: Tooth[] = [
  {
    name: 'tells-the-wanted-schema-as-found',
    breaks: 'describe.schema',
    caughtBy: ['describe/never-migrated'],
    defect: (intact) => ({
      describe: async () => {
        const info = await intact.describe()
        return { ...info, schema: { found: info.schema.wanted, wanted: info.schema.wanted } }
      },
    }),
  },
  {
    name: 'describes-a-newer-schema',
    breaks: 'describe.too-new',
    caughtBy: ['describe/too-new'],
    defect: (intact, tables) => ({
      describe: async () => {
        const { version } = tables
        tables.version = Math.min(version, 1)
        const info = await intact.describe()
        tables.version = version
        return { ...info, schema: { ...info.schema, found: version } }
      },
    }),
  },
  {
    name: 'rewrites-newer-schema',
    breaks: 'migrate.too-new',
    caughtBy: ['migrate/too-new'],
    defect: (intact, tables) => ({
      migrate: (options) => {
        tables.version = Math.min(tables.version, 1)
        return intact.migrate(options)
      },
    }),
  },
  {
    name: 'goes-to-the-newest-version-for-an-unknown-one',
    breaks: 'migrate.unknown',
    caughtBy: ['migrate/unknown-version'],
    defect: (intact) => ({
      migrate: ({ to = 1, dryRun = false } = {}) => intact.migrate({ to: Math.max(0, Math.min(Math.trunc(to) || 0, 1)), dryRun }),
    }),
  },
  {
    name: 'migrates-on-a-dry-run',
    breaks: 'migrate.dry-run',
    caughtBy: ['migrate/dry-run-down'],
    defect: (intact) => ({ migrate: ({ to } = {}) => intact.migrate(to === undefined ? {} : { to }) }),
  },
  {
    name: 'down-leaves-the-jobs',
    breaks: 'migrate.down',
    caughtBy: ['migrate/down-and-up'],
    defect: (intact, tables) => ({
      migrate: async (options) => {
        const rows = [...tables.jobs]
        const answer = await intact.migrate(options)
        for (const [id, row] of rows) tables.jobs.set(id, row)
        return answer
      },
    }),
  },
  {
    name: 'second-migrator-fails',
    breaks: 'migrate.race',
    caughtBy: ['migrate/race'],
    defect: (intact, tables) => ({
      migrate: async (options) => {
        const { version } = tables
        await meanwhile(1 + Math.floor(Math.random() * 100))
        if (version === 0 && tables.version > 0)
          throw new StorageError('STORAGE_FAILED', 'table exists', { retryable: false, applied: 'no' })
        return intact.migrate(options)
      },
    }),
  },
  {
    name: 'second-close-rejects',
    breaks: 'close.twice',
    caughtBy: ['close/twice'],
    defect: (intact) => {
      let calls = 0
      return { close: () => (++calls === 2 ? Promise.reject(new Error('pool is closed')) : intact.close()) }
    },
  },
  {
    name: 'clock-with-fractions',
    breaks: 'time.server',
    caughtBy: ['server-time/milliseconds'],
    defect: () => ({ serverTime: () => Promise.resolve(Date.now() + 0.25) }),
  },
  {
    name: 'clock-in-another-zone',
    breaks: 'time.server',
    caughtBy: ['server-time/milliseconds'],
    defect: () => ({ serverTime: () => Promise.resolve(Date.now() + 5.5 * 3_600_000) }),
  },
  {
    name: 'driver-errors-without-a-code',
    breaks: 'errors.typed',
    caughtBy: ['close/then-refuses'],
    defect: (intact) => ({
      findQueues: () =>
        intact.findQueues().catch((error: unknown) => {
          throw new Error('the pool is closed', { cause: error })
        }),
    }),
  },
  {
    name: 'empty-where-never-migrated',
    breaks: 'errors.unmigrated',
    caughtBy: ['errors/unmigrated'],
    defect: (intact, tables) => ({ findWorkers: () => (tables.version === 0 ? Promise.resolve([]) : intact.findWorkers()) }),
  },
  {
    name: 'takes-any-tx-and-ignores-it',
    breaks: 'tx.invalid',
    caughtBy: ['tx/unsupported'],
    defect: (intact) => ({ insertJobs: (jobs) => intact.insertJobs(jobs) }),
  },
]
