import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, JobQueue, typed, type Enqueued, type JobStorage } from '@dbjobq/core'
import type { ConformanceCase, Subject } from '../case.js'
import { inEveryForm, rolledBack } from '../in-every-form.js'

interface Data {
  n: number
}
const job = defineJob({ type: 'job', data: typed<Data>() })
const later = defineJob({
  type: 'later',
  data: { '~standard': { version: 1, vendor: 'test', validate: (value) => Promise.resolve({ value }) } },
})
const queueOn = (storage: unknown) => new JobQueue<unknown>(storage as JobStorage<unknown>)
const syncRun = (subject: Subject) => subject.syncTransaction ?? assert.fail('a storage with `sync` is tested with Subject.syncTransaction')

export const uniqueInTransactionCases: ConformanceCase[] = [
  {
    id: 'queue/unique-in-transaction',
    title: 'settles unique keys within the transaction of the caller: a rollback leaves all as it was',
    proves: [],
    needs: ['transactions'],
    timeout: 60_000,
    run: async (context) => {
      const queue = queueOn(context.storage)
      await inEveryForm(context, async (run, form) => {
        const unique = { key: form, onConflict: 'replace' } as const
        const holder = await queue.enqueue(job, { n: 1 }, { unique, delay: '1h' })
        const told: string[] = []
        const end = queue.on('enqueued', ({ outcome }) => told.push(outcome))
        await rolledBack(run, async (tx) => {
          assert.deepEqual(await queue.enqueue(job, { n: 2 }, { unique, tx }), { id: holder.id, outcome: 'replaced' })
          assert.deepEqual(await queue.enqueue(job, { n: 3 }, { unique: { key: form }, tx }), { id: holder.id, outcome: 'duplicate' })
        })
        end()
        // It is told when it is written, whatever becomes of the transaction.
        assert.deepEqual(told, ['replaced', 'duplicate'])
        assert.deepEqual([(await queue.getJob(holder.id))?.data, (await queue.getJob(holder.id))?.status], [{ n: 1 }, 'scheduled'])
        await run(async (tx) => {
          assert.equal((await queue.enqueue(job, { n: 4 }, { unique, tx })).outcome, 'replaced')
          const fresh = { unique: { ...unique, key: `${form} fresh` }, tx }
          const [first, second] = await queue.enqueueMany(job, [{ n: 5 }, { n: 6 }], fresh)
          assert.deepEqual([first?.outcome, second?.outcome, second?.id], ['enqueued', 'replaced', first?.id])
        })
        const jobs = (await queue.listJobs({ order: 'oldest' })).jobs.slice(-2)
        assert.deepEqual(
          jobs.map(({ data }) => data),
          [{ n: 4 }, { n: 6 }],
        )
      })
    },
  },
  {
    id: 'queue/unique-window-in-transaction',
    title: 'frees a key whose window is over within the transaction of the caller',
    proves: [],
    needs: ['transactions'],
    timeout: 60_000,
    run: async (context) => {
      const queue = queueOn(context.storage)
      await inEveryForm(context, async (run, form) => {
        const brief = { key: form, until: { window: 50 } } as const
        const long = { key: form, until: { window: '1h' } } as const
        const holder = await queue.enqueue(job, { n: 1 }, { unique: brief, delay: '1h' })
        await pause(60)
        await rolledBack(run, async (tx) => {
          assert.equal((await queue.enqueue(job, { n: 2 }, { unique: long, tx })).outcome, 'enqueued')
        })
        assert.notEqual((await queue.getJob(holder.id))?.uniqueKey, null)
        const second: Enqueued = await run(async (tx) => {
          const first = await queue.enqueue(job, { n: 2 }, { unique: long, tx })
          assert.deepEqual(await queue.enqueue(job, { n: 3 }, { unique: long, tx }), { id: first.id, outcome: 'duplicate' })
          return first
        })
        assert.deepEqual([second.outcome, (await queue.getJob(holder.id))?.uniqueKey], ['enqueued', null])
      })
    },
  },
  {
    id: 'queue/enqueue-sync',
    title: 'enqueues within a synchronous transaction of the caller',
    proves: [],
    needs: ['sync'],
    run: async ({ storage, subject, open }) => {
      const queue = queueOn(storage)
      const run = syncRun(subject)
      await assert.rejects(
        run((tx) => queue.enqueueSync(job, { n: 1 }, { tx })),
        { code: 'QUEUE_NOT_READY' },
      )
      await queue.ready()
      const unique = { key: 'k' }
      const answers = await run((tx) => [
        queue.enqueueSync(job, { n: 1 }, { tx, unique, priority: 7, delay: '1h' }),
        queue.enqueueSync(job, { n: 2 }, { tx, unique }),
      ])
      const [first] = answers
      assert.ok(first)
      assert.deepEqual(answers, [
        { id: first.id, outcome: 'enqueued' },
        { id: first.id, outcome: 'duplicate' },
      ])
      const stored = await queueOn(await open()).getJob(first.id)
      assert.deepEqual([stored?.data, stored?.priority, stored?.status], [{ n: 1 }, 7, 'scheduled'])
      const rollBack = run((tx) => {
        queue.enqueueSync(job, { n: 3 }, { tx })
        throw new Error('rolled back')
      })
      await assert.rejects(rollBack, { message: 'rolled back' })
      assert.equal((await queue.listJobs()).jobs.length, 1)
    },
  },
  {
    id: 'queue/enqueue-sync-bad-input',
    title: 'refuses what a synchronous call cannot do, before anything is written',
    proves: [],
    needs: ['sync'],
    run: async ({ storage, subject }) => {
      const queue = queueOn(storage)
      await queue.ready()
      const window = { window: '1h' } as const
      const attempts: [string, (tx: unknown) => unknown][] = [
        ['UNSUPPORTED', (tx) => queue.enqueueSync(later, 1, { tx })],
        ['UNSUPPORTED', (tx) => queue.enqueueSync(job, { n: 1 }, { tx, unique: { key: 'k', onConflict: 'replace' } })],
        ['UNSUPPORTED', (tx) => queue.enqueueSync(job, { n: 1 }, { tx, delay: 1, unique: { key: 'k', onConflict: 'debounce' } })],
        ['UNSUPPORTED', (tx) => queue.enqueueSync(job, { n: 1 }, { tx, unique: { key: 'k', until: window } })],
        ['INVALID_OPTION', () => queue.enqueueSync(job, { n: 1 }, {} as never)],
        ['INVALID_OPTION', () => queue.enqueueSync(job, { n: 1 }, undefined as never)],
        ['INVALID_OPTION', (tx) => queue.enqueueSync(job, { n: 1 }, { tx, signal: new AbortController().signal } as never)],
        ['INVALID_OPTION', (tx) => queue.enqueueSync('job' as never, { n: 1 }, { tx })],
        ['INVALID_TX', () => queue.enqueueSync(job, { n: 1 }, { tx: 7 })],
      ]
      for (const [code, attempt] of attempts) await assert.rejects(syncRun(subject)(attempt), { code })
      assert.deepEqual((await queue.listJobs()).jobs, [])
    },
  },
]
