import assert from 'node:assert/strict'
import { DbjobqError, defineJob, handle, typed, Worker, type ErrorCode, type JobQueue } from '@dbjobq/core'
import { queueCase } from './queue-case.js'
import { until } from './until.js'

type Schema<Input, Output> = Parameters<typeof defineJob<Input, Output>>[0]['data']

/** A schema that takes a text and gives its length. */
const lengthOf: Schema<string, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => (typeof value === 'string' ? { value: value.length } : { issues: [{ message: 'not a text' }] }),
  },
}
/** One that answers later, and only for positive numbers. */
const positive: Schema<number, number> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => Promise.resolve(Number(value) > 0 ? { value: Number(value) } : { issues: [{ message: 'not positive' }] }),
  },
}
const note = defineJob({ type: 'note', data: typed<{ n: number }>() })

const badInput: [string, ErrorCode, (queue: JobQueue) => unknown][] = [
  ['priority: a text', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), priority: 'high' as never })],
  ['priority: too high', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), priority: 40_000 })],
  ...[1.5, NaN, 40_000, -40_000, 'high', undefined].map((answer): (typeof badInput)[number] => [
    `priority(data): ${String(answer)}`,
    'INVALID_OPTION',
    (queue) => queue.enqueue(defineJob({ type: 'a', data: typed<number>(), priority: () => answer as number }), 1),
  ]),
  ['version: 0', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), version: 0 })],
  ['version: 1.5', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), version: 1.5 })],
  ['version: a text', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), version: '2' as never })],
  ['migrate: no function', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), version: 2, migrate: 1 as never })],
  ['migrate without a version', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), migrate: (data) => data })],
  ['result: no schema', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), result: {} as never })],
  ['unique of a definition: no key', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), unique: {} as never })],
  ['unique of a definition: false', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), unique: false as never })],
  ['unique: true', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: true as never })],
  ['unique: key and by', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', by: ['n'] } as never })],
  ['unique: neither', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { until: 'settled' } as never })],
  ['unique: an unknown option', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', untill: 1 } as never })],
  ['by: a text', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { by: 'n' as never } })],
  ['by: empty', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { by: [] } })],
  ['by: a number', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { by: [1 as never] } })],
  [
    'by: of a number',
    'INVALID_OPTION',
    (queue) => queue.enqueue(defineJob({ type: 'a', data: typed<number>() }), 1, { unique: { by: ['toFixed'] } }),
  ],
  ['by: a function that answers nothing', 'INVALID_PAYLOAD', (queue) => queue.enqueue(note, { n: 1 }, { unique: { by: () => undefined } })],
  ['by: a function that answers a Date', 'INVALID_PAYLOAD', (queue) => queue.enqueue(note, { n: 1 }, { unique: { by: () => new Date() } })],
  ['until: unknown', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', until: 'ever' as never } })],
  ['until: null', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', until: null as never } })],
  ['until: no window', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', until: {} as never } })],
  [
    'window: words',
    'INVALID_DURATION',
    (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', until: { window: 'day' as never } } }),
  ],
  ['window: 0', 'INVALID_DURATION', (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', until: { window: 0 } } })],
  [
    'onConflict: unknown',
    'INVALID_OPTION',
    (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', onConflict: 'fail' as never } }),
  ],
  [
    'debounce without a delay',
    'INVALID_OPTION',
    (queue) => queue.enqueue(note, { n: 1 }, { unique: { key: 'k', onConflict: 'debounce' } }),
  ],
  ['signal: a controller', 'INVALID_OPTION', (queue) => queue.enqueue(note, { n: 1 }, { signal: new AbortController() as never })],
  ['signal of many: a controller', 'INVALID_OPTION', (queue) => queue.enqueueMany(note, [], { signal: new AbortController() as never })],
  ['options of many: a text', 'INVALID_OPTION', (queue) => queue.enqueueMany(note, [], 'x' as never)],
]

export const definitionCases = [
  queueCase('bad-definitions', 'gets nothing of a bad definition or bad uniqueness: a typed error comes first', async ({ queue }) => {
    for (const [name, code, attempt] of badInput) {
      const error = await Promise.resolve()
        .then(() => attempt(queue))
        .then(
          () => 'no error',
          (thrown: unknown) => thrown,
        )
      assert.ok(DbjobqError.isInstance(error, code), `${name}: expected ${code}, got ${String(error)}`)
      assert.match(error.message, /\w+.*[.]$/s, `${name}: the message is no sentence: ${error.message}`)
    }
    assert.deepEqual((await queue.listJobs()).jobs, [])
  }),

  queueCase('schemas', "stores the schema's input and hands its output to the handler", async ({ queue, startWorker, ended }) => {
    const measure = defineJob({ type: 'measure', data: lengthOf, result: positive })
    await startWorker([
      handle(measure, (length) => {
        assert.equal(typeof length, 'number')
        return length
      }),
    ])
    const job = await ended((await queue.enqueue(measure, 'four')).id)
    assert.deepEqual([job.status, job.data, job.result], ['completed', 'four', 4])
    const bad = await ended((await queue.enqueue(measure, '')).id)
    assert.deepEqual([bad.status, bad.attempts, bad.result, bad.errors[0]?.code], ['failed', 1, null, 'VALIDATION_FAILED'])
    await assert.rejects(queue.enqueue(measure, 4 as never), { code: 'VALIDATION_FAILED', message: /data of measure .*not a text/ })
  }),

  queueCase(
    'priority-of-data',
    'takes the priority that the definition answers for the data, unless enqueue gives one',
    async ({ queue }) => {
      const job = defineJob({ type: 'a', data: typed<{ urgent: boolean }>(), priority: ({ urgent }) => (urgent ? 10 : 1) })
      const [high, low] = await queue.enqueueMany(job, [{ urgent: true }, { urgent: false }])
      const given = await queue.enqueue(job, { urgent: true }, { priority: 3 })
      const priorities = [high, low, given].map(async (answer) => (await queue.getJob(answer?.id ?? ''))?.priority)
      assert.deepEqual(await Promise.all(priorities), [10, 1, 3])
    },
  ),

  queueCase('older-version', 'lifts the data of an older version before it is validated and run', async ({ queue, startWorker, ended }) => {
    const first = defineJob({ type: 'greet', data: typed<string>() })
    const second = defineJob({ type: 'greet', data: typed<{ name: string }>(), version: 2 })
    const third = defineJob({
      type: 'greet',
      data: typed<{ name: string; loud: boolean }>(),
      result: typed<string>(),
      version: 3,
      migrate: (data, version) => {
        if (data === 'nobody') throw new Error('cannot be lifted')
        return { name: version === 1 ? (data as string) : (data as { name: string }).name, loud: false }
      },
    })
    const ids = [
      (await queue.enqueue(first, 'ada')).id,
      (await queue.enqueue(second, { name: 'bob' })).id,
      (await queue.enqueue(third, { name: 'cyd', loud: true })).id,
    ]
    const bad = await queue.enqueue(first, 'nobody')
    await startWorker([handle(third, ({ name, loud }) => `${name} ${String(loud)}`)])
    const results = ids.map(async (id) => (await ended(id)).result)
    assert.deepEqual(await Promise.all(results), ['ada false', 'bob false', 'cyd true'])
    const failed = await ended(bad.id)
    assert.deepEqual([failed.status, failed.attempts, failed.errors[0]?.message], ['failed', 1, 'cannot be lifted'])
  }),

  queueCase(
    'newer-version',
    'leaves a job of a newer version to workers that know it, uncounted',
    async ({ queue, openQueue, startWorker, ended }) => {
      const old = defineJob({ type: 'rolling', data: typed<number>() })
      const fresh = defineJob({ type: 'rolling', data: typed<string>(), version: 2 })
      const ran: unknown[] = []
      const released: string[] = []
      const worker = await startWorker([handle(old, (data) => void ran.push(data))])
      worker.on('released', ({ id }) => released.push(id))
      const { id } = await queue.enqueue(fresh, 'new')
      const before = await queue.enqueue(old, 1)
      await ended(before.id)
      await until('it is given back', () => released.includes(id))
      const job = await queue.getJob(id)
      assert.deepEqual([job?.status, job?.attempts, job?.errors], ['scheduled', 0, []])
      assert.equal(released.length, 1, 'it is not taken again at once')
      const other = new Worker(await openQueue(), { jobs: [handle(fresh, (data) => void ran.push(data))], poll: { min: 20, max: 100 } })
      await Promise.all([worker.stop(), other.start()])
      const done = await ended(id)
      await other.stop()
      assert.deepEqual([done.status, done.attempts, ran], ['completed', 1, [1, 'new']])
    },
  ),
]
