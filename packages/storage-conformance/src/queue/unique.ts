import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, handle, PermanentError, typed, Worker, type Duration, type Enqueued, type JobQueue } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { until } from './until.js'

interface Sync {
  tenant: string
  page?: number
  tags?: string[]
}
const sync = defineJob({ type: 'sync', data: typed<Sync>() })
const key = 'k'
/** Longer than any case takes. */
const long = { window: '1h' } as const

export const uniqueCases = [
  queueCase('unique-by', 'makes a unique key from the data: by properties, or by a function', async ({ queue }) => {
    const by = (...names: (keyof Sync)[]) => ({ unique: { by: names } })
    const first = await queue.enqueue(sync, { tenant: 'a', page: 1 }, by('tenant', 'page'))
    assert.deepEqual(await queue.enqueue(sync, { page: 1, tenant: 'a', tags: ['x'] }, by('page', 'tenant')), {
      id: first.id,
      outcome: 'duplicate',
    })
    for (const data of [
      { tenant: 'a', page: 2 },
      { tenant: 'a' },
      { tenant: 'a1' },
      { tenant: 'é'.normalize('NFC') },
      { tenant: 'é'.normalize('NFD') },
    ])
      assert.equal((await queue.enqueue(sync, data, by('tenant', 'page'))).outcome, 'enqueued', JSON.stringify(data))
    const byTags = { unique: { by: ({ tags = [] }: Sync) => ({ tags, n: 1 }) } }
    assert.equal((await queue.enqueue(sync, { tenant: 'b', tags: ['a b'] }, byTags)).outcome, 'enqueued')
    assert.equal((await queue.enqueue(sync, { tenant: 'b', tags: ['a', 'b'] }, byTags)).outcome, 'enqueued')
    assert.equal((await queue.enqueue(sync, { tenant: 'c', tags: ['a', 'b'] }, byTags)).outcome, 'duplicate')
  }),

  queueCase('unique-of-definition', 'takes the uniqueness of the definition, unless enqueue says another', async ({ queue }) => {
    const job = defineJob({ type: 'once', data: typed<{ n: number }>(), unique: { by: ['n'] } })
    const { id } = await queue.enqueue(job, { n: 1 })
    assert.deepEqual(await queue.enqueue(job, { n: 1 }), { id, outcome: 'duplicate' })
    assert.equal((await queue.enqueue(job, { n: 2 })).outcome, 'enqueued')
    assert.equal((await queue.enqueue(job, { n: 1 }, { unique: false })).outcome, 'enqueued')
    assert.equal((await queue.enqueue(job, { n: 1 }, { unique: { key: '1' } })).outcome, 'enqueued')
    const many = await queue.enqueueMany(job, [{ n: 1 }, { n: 3 }, { n: 3 }])
    assert.deepEqual(
      many.map(({ outcome }) => outcome),
      ['duplicate', 'enqueued', 'duplicate'],
    )
  }),

  queueCase('unique-until', 'frees a key once the job has started, or once it has ended, as asked', async ({ queue, startWorker }) => {
    let release: (() => void) | undefined
    let starts = 0
    const held = new Promise<void>((resolve) => (release = resolve))
    const started = { unique: { key: 'started', until: 'started' } } as const
    const settled = { unique: { key: 'settled' } } as const
    await queue.enqueue(sync, { tenant: 'a' }, started)
    await queue.enqueue(sync, { tenant: 'a' }, settled)
    assert.equal((await queue.enqueue(sync, { tenant: 'b' }, started)).outcome, 'duplicate')
    await startWorker([handle(sync, () => (starts++, held))])
    await until('both starts', () => starts === 2)
    assert.equal((await queue.enqueue(sync, { tenant: 'b' }, started)).outcome, 'enqueued')
    assert.equal((await queue.enqueue(sync, { tenant: 'b' }, settled)).outcome, 'duplicate')
    release?.()
    await until('the ends', async () => (await queue.stats()).byStatus.completed === 3)
    assert.equal((await queue.enqueue(sync, { tenant: 'b' }, settled)).outcome, 'enqueued')
  }),

  queueCase('unique-window', 'keeps a key for its window, also when the job has ended', async ({ queue, startWorker, ended }) => {
    const job = defineJob({ type: 'rarely', data: typed<{ fail: boolean }>(), retention: { completed: 0, failed: 0 }, maxRetries: 0 })
    const worker = await startWorker([
      handle(job, ({ fail }) => {
        if (fail) throw new PermanentError('no')
      }),
    ])
    for (const fail of [false, true]) {
      const unique = { key: `${fail}`, until: long }
      const { id } = await queue.enqueue(job, { fail }, { unique })
      const { finishedAt, deleteAt, createdAt, uniqueKey } = await ended(id)
      assert.ok(uniqueKey, 'the key is kept')
      // No retention at all, but the row is what holds the key.
      assert.ok(finishedAt && deleteAt && deleteAt.getTime() >= createdAt.getTime() + 3_600_000)
      assert.deepEqual(await queue.enqueue(job, { fail }, { unique }), { id, outcome: 'duplicate' })
      assert.deepEqual(await queue.enqueue(job, { fail }, { unique: { ...unique, onConflict: 'replace' } }), { id, outcome: 'duplicate' })
      assert.deepEqual(await queue.enqueue(job, { fail }, { unique: { key: `${fail}` } }), { id, outcome: 'duplicate' })
    }
    await worker.stop()
  }),

  queueCase('unique-window-over', 'frees a key whose window is over, whatever became of the job', async ({ queue, startWorker, ended }) => {
    const brief = { key, until: { window: 50 } } as const
    const waiting = await queue.enqueue(sync, { tenant: 'waiting' }, { unique: brief, delay: '1h' })
    await pause(60)
    const second = await queue.enqueue(sync, { tenant: 'second' }, { unique: brief })
    assert.equal(second.outcome, 'enqueued')
    assert.deepEqual([(await queue.getJob(waiting.id))?.uniqueKey, (await queue.getJob(waiting.id))?.status], [null, 'scheduled'])
    await startWorker([handle(sync, () => undefined)])
    await ended(second.id)
    await pause(60)
    // Also when it is asked for without a window, as a newer definition may do.
    assert.equal((await queue.enqueue(sync, { tenant: 'third' }, { unique: { key } })).outcome, 'enqueued')
  }),

  queueCase('unique-window-over-many', 'frees the keys of many jobs in one call when their windows are over', async ({ queue }) => {
    const data = Array.from({ length: 30 }, (_, page) => ({ tenant: `${page % 20}`, page }))
    const enqueueAll = (window: Duration) => queue.enqueueMany(sync, data, { unique: { by: ['tenant'], until: { window } } })
    const outcomes = (answers: Enqueued[]) => answers.map(({ outcome }) => outcome)
    const expected = data.map(({ page }) => (page < 20 ? 'enqueued' : 'duplicate'))
    // Within the first call a window may be over by the time that its duplicates are looked at.
    await enqueueAll(1)
    await pause(10)
    assert.deepEqual(outcomes(await enqueueAll('1h')), expected)
    assert.ok(outcomes(await enqueueAll('1h')).every((outcome) => outcome === 'duplicate'))
  }),

  queueCase('unique-window-race', 'lets one of many through when a window is over', async ({ queue, openQueue }) => {
    const others = [queue, await openQueue(), await openQueue()]
    const { id } = await queue.enqueue(sync, { tenant: 'old' }, { unique: { key, until: { window: 1 } } })
    await pause(10)
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        (others[index % 3] ?? queue).enqueue(sync, { tenant: `${index}` }, { unique: { key, until: long } }),
      ),
    )
    const [winner, ...more] = answers.filter(({ outcome }) => outcome === 'enqueued')
    assert.ok(winner && more.length === 0, `${more.length + 1} were enqueued`)
    assert.ok(answers.every((answer) => answer.id === winner.id))
    assert.notEqual(winner.id, id)
  }),

  queueCase('unique-cancel', 'frees the key of a job that is cancelled while it waits, within its window too', async ({ queue }) => {
    const { id } = await queue.enqueue(sync, { tenant: 'a' }, { unique: { key, until: long } })
    assert.equal(await queue.cancel(id), 'cancelled')
    assert.equal((await queue.enqueue(sync, { tenant: 'b' }, { unique: { key, until: long } })).outcome, 'enqueued')
  }),

  queueCase('unique-window-retry', 'retries a job under its key, but not once its window is over', async ({ queue }) => {
    const failed = async (window: Duration) => {
      const { id } = await queue.enqueue(sync, { tenant: 'a' }, { unique: { key, until: { window } } })
      await queue.cancel(id)
      return id
    }
    const over = await failed(1)
    const within = await failed('1h')
    await pause(10)
    const { id: holder } = await queue.enqueue(sync, { tenant: 'b' }, { unique: { key } })
    await assert.rejects(queue.retry(within), { code: 'UNIQUE_KEY_HELD' })
    await queue.retry(over)
    assert.deepEqual([(await queue.getJob(over))?.status, (await queue.getJob(over))?.uniqueKey], ['pending', null])
    await queue.cancel(holder)
    await queue.retry(within)
    assert.equal((await queue.enqueue(sync, { tenant: 'c' }, { unique: { key } })).id, within)
  }),

  queueCase('replace', 'gives a job that waits the data and options of the one that replaces it', async ({ queue }) => {
    const first = await queue.enqueue(sync, { tenant: 'old' }, { unique: { key }, delay: '1h', priority: 1, groupKey: 'g' })
    const unique = { key, onConflict: 'replace' } as const
    const again = await queue.enqueue(sync, { tenant: 'new' }, { unique, priority: 9, maxRetries: 7, queue: 'other', groupKey: 'h' })
    assert.deepEqual(again, { id: first.id, outcome: 'replaced' })
    const job = await queue.getJob(first.id)
    assert.deepEqual(
      [job?.data, job?.priority, job?.maxRetries, job?.queue, job?.status, job?.groupKey],
      [{ tenant: 'new' }, 9, 7, 'other', 'pending', 'g'],
    )
    assert.equal((await queue.enqueue(sync, { tenant: 'later' }, { unique, delay: '1h' })).outcome, 'replaced')
    assert.deepEqual([(await queue.getJob(first.id))?.status, (await queue.listJobs()).jobs.length], ['scheduled', 1])
    assert.equal((await queue.enqueue(sync, { tenant: 'third' }, { unique: { ...unique, key: 'other' } })).outcome, 'enqueued')
  }),

  queueCase('replace-many', 'replaces within one call too: the last one counts', async ({ queue }) => {
    const data = Array.from({ length: 12 }, (_, page) => ({ tenant: `${page % 4}`, page }))
    const answers = await queue.enqueueMany(sync, data, { unique: { by: ['tenant'], onConflict: 'replace' } })
    assert.deepEqual(
      answers.map(({ outcome }) => outcome),
      data.map(({ page }) => (page < 4 ? 'enqueued' : 'replaced')),
    )
    assert.deepEqual(
      (await queue.listJobs({ order: 'oldest' })).jobs.map((job) => (job.data as Sync).page),
      [8, 9, 10, 11],
    )
  }),

  queueCase(
    'replace-retrying',
    'gives a job that waits for a retry all its runs again, without its old progress',
    async ({ queue, startWorker }) => {
      const job = defineJob({ type: 'flaky', data: typed<{ ok: boolean }>(), maxRetries: 1, backoff: { delay: '1h' } })
      const seen: unknown[] = []
      await startWorker([
        handle(job, async ({ ok }, context) => {
          seen.push([context.attempt, context.lastProgress])
          await context.progress('half')
          if (!ok) throw new Error('not yet')
        }),
      ])
      const unique = { key, onConflict: 'replace' } as const
      const { id } = await queue.enqueue(job, { ok: false }, { unique })
      await until('the retry', async () => (await queue.getJob(id))?.status === 'scheduled')
      assert.deepEqual(await queue.enqueue(job, { ok: true }, { unique }), { id, outcome: 'replaced' })
      await until('the end', async () => (await queue.getJob(id))?.status === 'completed')
      assert.deepEqual(seen, [
        [1, null],
        [1, null],
      ])
      assert.equal((await queue.getJob(id))?.errors.length, 1)
    },
  ),

  queueCase('replace-concurrent', 'has one job of each key when many replace it at once, in any order', async ({ queue, openQueue }) => {
    const queues = [queue, await openQueue(), await openQueue()]
    const unique = { by: ['tenant'], onConflict: 'replace' } as const
    const data = Array.from({ length: 20 }, (_, index) => ({ tenant: `${index}` }))
    const calls = queues.flatMap((each, page) => [
      each.enqueueMany(
        sync,
        data.map((item) => ({ ...item, page })),
        { unique },
      ),
      each.enqueueMany(sync, data.map((item) => ({ ...item, page })).reverse(), { unique }),
      ...data.slice(0, 5).map((item) => each.enqueue(sync, { ...item, page }, { unique }).then((answer) => [answer])),
    ])
    const answers = (await Promise.all(calls)).flat()
    const outcomes = answers.map(({ outcome }) => outcome)
    assert.deepEqual([outcomes.filter((outcome) => outcome === 'enqueued').length, outcomes.includes('duplicate')], [20, false])
    assert.deepEqual([new Set(answers.map(({ id }) => id)).size, (await queue.stats()).byStatus.pending], [20, 20])
  }),

  queueCase('replace-running', 'leaves a job that runs as it is', async ({ queue, startWorker, ended }) => {
    let release: (() => void) | undefined
    let starts = 0
    const held = new Promise<void>((resolve) => (release = resolve))
    await startWorker([handle(sync, () => (starts++, held))])
    const unique = { key, onConflict: 'replace' } as const
    const { id } = await queue.enqueue(sync, { tenant: 'old' }, { unique })
    await until('the start', () => starts === 1)
    assert.deepEqual(await queue.enqueue(sync, { tenant: 'new' }, { unique }), { id, outcome: 'duplicate' })
    release?.()
    assert.deepEqual((await ended(id)).data, { tenant: 'old' })
    assert.equal((await queue.enqueue(sync, { tenant: 'new' }, { unique })).outcome, 'enqueued')
  }),

  queueCase('debounce', 'puts a job off with each call, and runs it once with the last data', async ({ queue, startWorker }) => {
    const seen: string[] = []
    await startWorker([handle(sync, ({ tenant }) => void seen.push(tenant))])
    const options = { unique: { key, onConflict: 'debounce' }, delay: '2s' } as const
    const first = await queue.enqueue(sync, { tenant: '0' }, options)
    const dueAt = (await queue.getJob(first.id))?.runAt.getTime() ?? 0
    for (const tenant of ['1', '2', '3']) {
      await pause(20)
      assert.deepEqual(await queue.enqueue(sync, { tenant }, options), { id: first.id, outcome: 'replaced' })
    }
    assert.ok(((await queue.getJob(first.id))?.runAt.getTime() ?? 0) >= dueAt + 50, 'it was put off')
    await until('the run', () => seen.length === 1)
    assert.deepEqual(seen, ['3'])
  }),

  queueCase('replace-race', 'loses no data when replacing races with workers', async ({ queue, openQueue, startWorker }) => {
    const job = defineJob({ type: 'latest', data: typed<{ n: number }>(), unique: { key: 'one', onConflict: 'replace' } })
    const runs: number[] = []
    const handler = handle(job, ({ n }) => void runs.push(n))
    await startWorker([handler])
    const other = new Worker(await openQueue(), { jobs: [handler], poll: { min: 20, max: 100 } })
    await other.start()
    // What was enqueued or replaced last before a run is what that run sees, so the last one accepted always runs.
    let last = -1
    for (let n = 0; n < 60; n++) if ((await queue.enqueue(job, { n })).outcome !== 'duplicate') last = n
    await until('the last run', () => runs.includes(last))
    await until('all ends', async () => ((stats) => stats.pending + stats.running + stats.scheduled)((await queue.stats()).byStatus) === 0)
    await other.stop()
    assert.equal(new Set(runs).size, runs.length, 'none ran twice')
    assert.ok(runs.every((n, index) => index === 0 || n > (runs[index - 1] ?? 0)))
  }),

  queueCase(
    'unique-follow-ups',
    'leaves out follow-ups whose key is held, and knows when a window is over',
    async ({ queue, startWorker, ended }) => {
      const leaf = defineJob({ type: 'leaf', data: typed<{ of: number }>() })
      const unique = { key, until: { window: 300 } } as const
      await startWorker([
        handle(sync, async ({ page = 0 }, context) => {
          await context.enqueue(leaf, { of: page }, { unique })
        }),
      ])
      const run = async (page: number) => ended((await queue.enqueue(sync, { tenant: 'a', page })).id)
      const leaves = async (of: JobQueue) => (await of.listJobs({ type: ['leaf'] })).jobs.length
      await run(1)
      await until('the leaf', async () => (await leaves(queue)) === 1)
      await pause(350)
      await run(2)
      await until('another leaf', async () => (await leaves(queue)) === 2)
    },
  ),

  queueCase(
    'unique-follow-ups-replace',
    'has a job fail that wants to replace with its completion',
    async ({ queue, startWorker, ended }) => {
      const codes: unknown[] = []
      await startWorker([
        handle(sync, async ({ tenant }, context) => {
          for (const onConflict of ['replace', 'debounce'] as const)
            await context
              .enqueue(sync, { tenant }, { unique: { key, onConflict }, delay: 1 })
              .catch((error: unknown) => codes.push((error as { code: string }).code))
        }),
      ])
      await ended((await queue.enqueue(sync, { tenant: 'a' })).id)
      assert.deepEqual([codes, (await queue.listJobs()).jobs.length], [['UNSUPPORTED', 'UNSUPPORTED'], 1])
    },
  ),

  queueCase('enqueued-events', 'tells what it enqueued; a listener that throws harms nothing', async ({ queue }) => {
    const told: unknown[] = []
    queue.on('enqueued', () => {
      throw new Error('a bad listener')
    })
    const end = queue.on('enqueued', ({ id, type, queue: name, outcome }) => told.push([id, type, name, outcome]))
    const plain = await queue.enqueue(sync, { tenant: 'a' })
    const keyed = await queue.enqueueMany(sync, [{ tenant: 'b' }, { tenant: 'b' }], { unique: { key }, queue: 'other' })
    await queue.enqueue(sync, { tenant: 'c' }, { unique: { key, onConflict: 'replace' } })
    end()
    await queue.enqueue(sync, { tenant: 'd' })
    assert.deepEqual(told, [
      [plain.id, 'sync', 'default', 'enqueued'],
      [keyed[0]?.id, 'sync', 'other', 'enqueued'],
      [keyed[0]?.id, 'sync', 'other', 'duplicate'],
      [keyed[0]?.id, 'sync', 'default', 'replaced'],
    ])
  }),
]
