import assert from 'node:assert/strict'
import { DbjobqError, defineJob, handle, JobQueue, typed, Worker, type ErrorCode } from '@dbjobq/core'
import { queueCase } from './queue-case.js'

const note = defineJob({ type: 'note', data: typed<unknown>() })
const strict = defineJob({
  type: 'strict',
  data: {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: (value) => (value === 1 ? { value } : { issues: [{ message: 'not 1', path: ['n'] }] }),
    },
  },
})
const bound = handle(note, () => undefined)
const cycle: { self?: unknown } = {}
cycle.self = cycle
const deep = Array.from({ length: 100_000 }).reduce((inner) => [inner], [])

const payloads: Record<string, unknown> = {
  undefined: undefined,
  NaN: { a: NaN },
  Infinity: [Infinity],
  BigInt: { a: 1n },
  function: { a: () => 1 },
  symbol: { a: Symbol('x') },
  'symbol key': { [Symbol('x')]: 1 },
  cycle,
  'undefined in an array': [1, undefined],
  hole: Array(2),
  Date: { at: new Date() },
  Map: new Map(),
  Buffer: Buffer.from('x'),
  Error: new Error('x'),
  toJSON: { toJSON: () => 1 },
  'class instance': new (class Point {
    x = 1
  })(),
  'too deep': deep,
}

const attempts: [string, ErrorCode, (queue: JobQueue) => unknown][] = [
  ...Object.entries(payloads).map(([name, data]): (typeof attempts)[number] => [
    `data: ${name}`,
    'INVALID_PAYLOAD',
    (queue) => queue.enqueue(note, data),
  ]),
  ['data above 1 MiB', 'PAYLOAD_TOO_LARGE', (queue) => queue.enqueue(note, 'é'.repeat(524_288))],
  ['data that the schema refuses', 'VALIDATION_FAILED', (queue) => queue.enqueue(strict, 2)],
  ['one bad of many', 'VALIDATION_FAILED', (queue) => queue.enqueueMany(strict, [1, 1, 2])],
  ['not a list', 'INVALID_OPTION', (queue) => queue.enqueueMany(note, 'abc' as never)],
  ['not a definition', 'INVALID_OPTION', (queue) => queue.enqueue('note' as never, 1)],
  ['options: a text', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, 'soon' as never)],
  ['option unknown', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { dely: '1s' } as never)],
  ['delay: words', 'INVALID_DURATION', (queue) => queue.enqueue(note, 1, { delay: '10 minutes' as never })],
  ['delay: negative', 'INVALID_DURATION', (queue) => queue.enqueue(note, 1, { delay: -1 })],
  ['delay: NaN', 'INVALID_DURATION', (queue) => queue.enqueue(note, 1, { delay: NaN })],
  ['delay: a million years', 'INVALID_DURATION', (queue) => queue.enqueue(note, 1, { delay: Number.MAX_SAFE_INTEGER })],
  ['delay: null', 'INVALID_DURATION', (queue) => queue.enqueue(note, 1, { delay: null as never })],
  ['runAt: a text', 'INVALID_DATE', (queue) => queue.enqueue(note, 1, { runAt: '2030-01-01' as never })],
  ['runAt: no date', 'INVALID_DATE', (queue) => queue.enqueue(note, 1, { runAt: new Date('x') })],
  ['runAt: 1969', 'INVALID_DATE', (queue) => queue.enqueue(note, 1, { runAt: new Date(-1) })],
  ['runAt: year 10000', 'INVALID_DATE', (queue) => queue.enqueue(note, 1, { runAt: new Date(253_402_300_800_000) })],
  ['runAt and delay', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { runAt: new Date(), delay: 1 })],
  ['priority: a fraction', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { priority: 1.5 })],
  ['priority: too high', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { priority: 32_768 })],
  ['priority: a text', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { priority: 'high' as never })],
  ['maxRetries: negative', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { maxRetries: -1 })],
  ['queue: a space', 'INVALID_NAME', (queue) => queue.enqueue(note, 1, { queue: 'a b' })],
  ['queue: empty', 'INVALID_NAME', (queue) => queue.enqueue(note, 1, { queue: '' })],
  ['queue: 129 letters', 'INVALID_NAME', (queue) => queue.enqueue(note, 1, { queue: 'q'.repeat(129) })],
  ['groupKey: ä', 'INVALID_NAME', (queue) => queue.enqueue(note, 1, { groupKey: 'ä' })],
  ['unique: no key', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { unique: {} as never })],
  ['unique: empty key', 'INVALID_OPTION', (queue) => queue.enqueue(note, 1, { unique: { key: '' } })],
  ['id: a number', 'INVALID_OPTION', (queue) => queue.getJob(7 as never)],
  ['id: an operator', 'INVALID_OPTION', (queue) => queue.getJob({ $ne: null } as never)],
  ['id of no job', 'JOB_NOT_FOUND', (queue) => queue.cancel('01890000-0000-7000-8000-000000000000')],
  ['filter: an operator', 'INVALID_OPTION', (queue) => queue.listJobs({ status: { $ne: 'x' } as never })],
  ['filter: no such status', 'INVALID_OPTION', (queue) => queue.listJobs({ status: ['done'] as never })],
  ['limit: 0', 'INVALID_OPTION', (queue) => queue.listJobs({ limit: 0 })],
  ['stats by something else', 'INVALID_OPTION', (queue) => queue.stats({ by: ['colour' as never] })],
  ['migrate to -1', 'INVALID_OPTION', (queue) => queue.migrate({ to: -1 })],
  ['tx: a number', 'INVALID_TX', (queue) => queue.enqueue(note, 1, { tx: 7 as never })],
  ['a queue without a storage', 'INVALID_OPTION', () => new JobQueue({} as never)],
  ['a type with a space', 'INVALID_NAME', () => defineJob({ type: 'a b', data: typed() })],
  ['no type', 'INVALID_NAME', () => defineJob({ data: typed() } as never)],
  ['no schema', 'INVALID_OPTION', () => defineJob({ type: 'a', data: {} as never })],
  ['a definition option unknown', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), retries: 3 } as never)],
  ['backoff: unknown type', 'INVALID_OPTION', () => defineJob({ type: 'a', data: typed(), backoff: { type: 'cubic' as never } })],
  ['timeout: words', 'INVALID_DURATION', () => defineJob({ type: 'a', data: typed(), timeout: 'soon' as never })],
  ['retention: words', 'INVALID_DURATION', () => defineJob({ type: 'a', data: typed(), retention: { failed: 'ever' as never } })],
  ['a handler that is none', 'INVALID_OPTION', () => handle(note, 'run' as never)],
  ['a worker without jobs', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [] })],
  ['a worker without options', 'INVALID_OPTION', (queue) => new Worker(queue, undefined as never)],
  ['a worker with an unbound job', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [note as never] })],
  ['a worker with two handlers of a type', 'DUPLICATE_JOB_TYPE', (queue) => new Worker(queue, { jobs: [bound, bound] })],
  ['a worker option unknown', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [bound], concurency: 2 } as never)],
  ['concurrency: 0', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [bound], concurrency: 0 })],
  ['lease: 1 s', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [bound], lease: '1s' })],
  ['poll: min above max', 'INVALID_OPTION', (queue) => new Worker(queue, { jobs: [bound], poll: { min: '2s', max: '1s' } })],
]

export const badInputCases = [
  queueCase('bad-input', 'gets nothing of bad input: a typed error comes before anything is written', async ({ queue }) => {
    for (const [name, code, attempt] of attempts) {
      const error = await caught(() => attempt(queue))
      assert.ok(DbjobqError.isInstance(error), `${name}: expected a DbjobqError, got ${String(error)}`)
      const expected = code === 'INVALID_TX' ? ['INVALID_TX', 'UNSUPPORTED'] : [code]
      assert.ok(expected.includes(error.code), `${name}: expected ${code}, got ${error.code}: ${error.message}`)
      assert.match(error.message, /\w+.*[.]$/s, `${name}: the message is no sentence: ${error.message}`)
    }
    assert.deepEqual((await queue.listJobs()).jobs, [])
  }),

  queueCase('payload-limits', 'takes what just fits, and brings back what only looks odd', async ({ queue }) => {
    const odd = {
      ['__proto__']: 1,
      constructor: { prototype: { x: 1 } },
      $ne: null,
      'a.b': [],
      '': '\u2028\ud800\u0000',
      n: 2 ** 53,
      e: 1e308,
    }
    const { id } = await queue.enqueue(note, odd)
    const job = await queue.getJob(id)
    assert.deepEqual(JSON.stringify(job?.data), JSON.stringify(odd))
    assert.equal(({} as { x?: unknown }).x, undefined)
    const largest = 'x'.repeat(1024 * 1024 - 2)
    const { id: large } = await queue.enqueue(note, largest)
    assert.equal((await queue.getJob(large))?.data, largest)
    const { id: sparse } = await queue.enqueue(note, { a: undefined, b: 1 })
    assert.deepEqual((await queue.getJob(sparse))?.data, { b: 1 })
  }),
]

async function caught(attempt: () => unknown): Promise<unknown> {
  try {
    await attempt()
    return 'no error'
  } catch (error) {
    return error
  }
}
