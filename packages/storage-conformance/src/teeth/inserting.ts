import { StorageError, type InsertAnswer, type NewJob } from '@dbjobq/core/storage'
import { meanwhile, type Tooth } from './tooth.js'

export const insertingTeeth: Tooth[] = [
  {
    name: 'takes-the-last-of-one-id',
    breaks: 'insert.same-id',
    caughtBy: ['insert-jobs/same-id'],
    defect: (intact) => ({
      insertJobs: (jobs, options) =>
        intact.insertJobs(
          jobs.flatMap(({ id }) => jobs.findLast((job) => job.id === id) ?? []),
          options,
        ),
    }),
  },
  {
    name: 'answers-out-of-order',
    breaks: 'insert.order',
    caughtBy: ['insert-jobs/order-of-answers'],
    defect: (intact) => ({ insertJobs: async (jobs) => (await intact.insertJobs(jobs)).reverse() }),
  },
  {
    name: 'truncates-text',
    breaks: 'insert.faithful',
    caughtBy: ['insert-jobs/mebibyte'],
    defect: (intact) => ({ insertJobs: (jobs) => intact.insertJobs(jobs.map((job) => ({ ...job, data: job.data.slice(0, 65_535) }))) }),
  },
  {
    name: 'trims-text',
    breaks: 'insert.faithful',
    caughtBy: ['insert-jobs/odd-texts'],
    defect: (intact) => ({ insertJobs: (jobs) => intact.insertJobs(jobs.map((job) => ({ ...job, data: job.data.trimEnd() }))) }),
  },
  {
    name: 'keeps-seconds-only',
    breaks: 'insert.faithful',
    caughtBy: ['insert-jobs/numbers'],
    defect: (intact) => ({
      insertJobs: (jobs) => intact.insertJobs(jobs.map((job) => ({ ...job, runAt: Math.floor(job.runAt / 1_000) * 1_000 }))),
    }),
  },
  {
    name: 'key-compared-case-insensitively',
    breaks: 'insert.key',
    caughtBy: ['insert-jobs/odd-keys', 'model/random-steps'],
    defect: (intact, { keys }) => ({
      insertJobs: async (jobs) => {
        const answers: InsertAnswer[] = []
        for (const job of jobs) {
          const [, holder] = [...keys].find(([key]) => key.toLowerCase() === job.uniqueKey?.toLowerCase()) ?? []
          answers.push(...(holder === undefined ? await intact.insertJobs([job]) : [{ inserted: holder === job.id, id: holder }]))
        }
        return answers
      },
    }),
  },
  {
    name: 'key-checked-before-and-not-constrained',
    breaks: 'insert.key',
    caughtBy: ['insert-jobs/key-race'],
    defect: (intact, { jobs: rows, keys }) => ({
      insertJobs: async (jobs) => {
        const insertUnguarded = async (job: NewJob): Promise<InsertAnswer> => {
          const holder = job.uniqueKey === null ? undefined : keys.get(job.uniqueKey)
          await meanwhile()
          if (holder !== undefined) return { inserted: false, id: holder }
          await intact.insertJobs([{ ...job, uniqueKey: null }])
          Object.assign(rows.get(job.id) ?? {}, { uniqueKey: job.uniqueKey })
          if (job.uniqueKey !== null) keys.set(job.uniqueKey, job.id)
          return { inserted: true, id: job.id }
        }
        return Promise.all(jobs.map(insertUnguarded))
      },
    }),
  },
  {
    name: 'answers-a-holder-that-is-gone',
    breaks: 'insert.key-released',
    caughtBy: ['insert-jobs/key-released', 'model/random-steps'],
    defect: (intact) => {
      const holders = new Map<string, string>()
      return {
        insertJobs: async (jobs) => {
          const answers: InsertAnswer[] = []
          for (const job of jobs) {
            const holder = holders.get(job.uniqueKey ?? '')
            answers.push(...(holder === undefined ? await intact.insertJobs([job]) : [{ inserted: holder === job.id, id: holder }]))
            if (job.uniqueKey !== null) holders.set(job.uniqueKey, answers.at(-1)?.id ?? job.id)
          }
          return answers
        },
      }
    },
  },
  {
    name: 'takes-a-repeated-insert-for-a-duplicate',
    breaks: 'insert.repeat',
    caughtBy: ['insert-jobs/repeat', 'model/random-steps'],
    defect: (intact, { jobs: rows }) => ({
      insertJobs: async (jobs) => {
        const there = new Set(jobs.map(({ id }) => id).filter((id) => rows.has(id)))
        return (await intact.insertJobs(jobs)).map(({ inserted, id }) => ({ inserted: inserted && !there.has(id), id }))
      },
    }),
  },
  {
    name: 'repeated-insert-starts-the-job-anew',
    breaks: 'insert.repeat',
    caughtBy: ['insert-jobs/repeat-later', 'model/random-steps'],
    defect: (intact, { jobs: rows }) => ({
      insertJobs: (jobs) => {
        for (const { id, status } of jobs) Object.assign(rows.get(id) ?? {}, { status })
        return intact.insertJobs(jobs)
      },
    }),
  },
  {
    name: 'half-a-call',
    breaks: 'insert.all-or-nothing',
    caughtBy: ['insert-jobs/all-or-nothing'],
    defect: (intact) => ({
      insertJobs: async (jobs) => {
        const answers: InsertAnswer[] = []
        for (const job of jobs) {
          if (job.priority > 32_767) throw new StorageError('STORAGE_FAILED', 'out of range', { retryable: false, applied: 'unknown' })
          answers.push(...(await intact.insertJobs([job])))
        }
        return answers
      },
    }),
  },
]
