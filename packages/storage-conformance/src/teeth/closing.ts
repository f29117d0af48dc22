import type { Tooth } from './tooth.js'

export const closingTeeth: Tooth[] = [
  {
    name: 'tells-the-time-after-close',
    breaks: 'close.refuses',
    caughtBy: ['close/then-refuses'],
    defect: () => ({ serverTime: () => Promise.resolve(Date.now()) }),
  },
  {
    name: 'sends-hints-after-close',
    breaks: 'close.refuses',
    caughtBy: ['close/then-refuses'],
    defect: ({ wakeups }) => ({
      wakeups: { listen: (onHint) => wakeups.listen(onHint), send: (hints) => wakeups.send(hints).catch(() => undefined) },
    }),
  },
  {
    name: 'forgets-what-is-under-way-at-close',
    breaks: 'close.under-way',
    caughtBy: ['close/under-way'],
    defect: (intact) => {
      let isClosed = false
      return {
        insertJobs: async (jobs) => {
          const answers = await intact.insertJobs(jobs)
          if (isClosed) throw new Error('Cannot use a session that has ended')
          return answers
        },
        close: async () => {
          isClosed = true
          await Promise.resolve()
          await Promise.resolve()
          await intact.close()
        },
      }
    },
  },
]
