import assert from 'node:assert/strict'
import { DbjobqError, defineJob, handle, typed } from '@dbjobq/core'
import { oddTexts } from '../odd-texts.js'
import { queueCase } from './queue-case.js'
import { step } from './step.js'

const note = defineJob({ type: 'note', data: typed<unknown>(), result: typed<unknown>(), maxRetries: 1, backoff: { delay: 10 } })

/** Beside what every store is asked to keep as it is: what JSON has to write as an escape. */
const texts = { ...oddTexts, NUL: 'a\u0000b', 'lone surrogate': 'a\ud800', 'half of a pair': '\udc00b', 'pair taken apart': '\udc00\ud800' }

const fromJson = (text: string): unknown => JSON.parse(text)
const hostile = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"$set":{"a.b":1},"a.b":{"$gt":""}}'

/** What goes through a job unchanged, and what is too large to. */
export const payloadCases = [
  queueCase(
    'payload-round-trip',
    'brings odd texts unchanged from enqueue to handler, through progress and result, and keeps errors that hold them',
    async ({ queue, startWorker, ended }) => {
      const seen: unknown[] = []
      await startWorker([
        handle(note, async (data, ctx) => {
          seen.push(data, ctx.lastProgress)
          if (ctx.attempt === 1) {
            await ctx.progress(data)
            throw new Error(Object.values(texts).join('|'))
          }
          return data
        }),
      ])
      const job = await ended((await queue.enqueue(note, texts)).id)
      assert.deepEqual(seen, [texts, null, texts, texts])
      assert.deepEqual([job.status, job.data, job.progress, job.result], ['completed', texts, texts, texts])
      assert.equal(job.errors[0]?.message, Object.values(texts).join('|'))
    },
  ),

  queueCase(
    'payload-too-large',
    'fails a job for good whose result is too large, refuses such progress, and runs on',
    async ({ queue, startWorker, ended }) => {
      const tooLarge = 'x'.repeat(1024 * 1024 - 1)
      const refused: unknown[] = []
      const worker = await startWorker([
        handle(note, async (what, ctx) => {
          if (what === 'result') return tooLarge
          await ctx.progress(tooLarge).catch((error: unknown) => refused.push(error))
          return what
        }),
        handle(step, ({ n }) => ({ n })),
      ])
      const result = await ended((await queue.enqueue(note, 'result')).id)
      assert.deepEqual([result.status, result.attempts, result.errors.map(({ code }) => code)], ['failed', 1, ['PAYLOAD_TOO_LARGE']])
      const progress = await ended((await queue.enqueue(note, 'progress')).id)
      assert.deepEqual([progress.status, progress.result, progress.progress], ['completed', 'progress', null])
      assert.ok(DbjobqError.isInstance(refused[0], 'PAYLOAD_TOO_LARGE'))
      assert.equal((await ended((await queue.enqueue(step, { n: 1 })).id)).status, 'completed')
      assert.equal(worker.status().state, 'running')
    },
  ),

  queueCase(
    'payload-prototype',
    'takes the keys of prototypes and operators for data, and refuses them among options',
    async ({ queue, startWorker, ended }) => {
      const seen: string[] = []
      await startWorker([
        handle(note, async (data, ctx) => {
          seen.push(JSON.stringify(data))
          await ctx.progress(data)
          return data
        }),
      ])
      const enqueued = await queue.enqueue(note, fromJson(hostile), { unique: { key: '{"$ne":null}' } })
      const job = await ended(enqueued.id)
      assert.deepEqual([seen, JSON.stringify(job.result), JSON.stringify(job.progress)], [[hostile], hostile, hostile])
      for (const options of [hostile, '{"__proto__":{"delay":1}}', '{"constructor":1}', '{"toString":1}']) {
        await assert.rejects(queue.enqueue(note, 1, fromJson(options) as object), { code: 'INVALID_OPTION' }, options)
        await assert.rejects(queue.listJobs(fromJson(options) as object), { code: 'INVALID_OPTION' }, options)
      }
      const empty: Record<string, unknown> = {}
      assert.equal(empty.polluted, undefined)
    },
  ),
]
