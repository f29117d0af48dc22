import fc from 'fast-check'
import { between, moment, orNull, queues, some, texts } from '../cast.js'
import { stepKind } from '../step.js'

export const putQueue = stepKind(
  fc.record({ name: some(queues), pausedAt: orNull(moment.map(between)), settings: orNull(some(texts)) }),
  async (pair, queue) => {
    await pair.both((storage) => storage.putQueue(queue))
  },
)

export const findQueues = stepKind(fc.constant({}), async (pair) => {
  await pair.both((storage) => storage.findQueues())
})
