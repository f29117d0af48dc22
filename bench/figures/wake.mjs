import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { defineJob, JobQueue, typed } from '@dbjobq/core'
import { describeSamples } from '#figures/samples'
import { openBareWake } from '#floors/wake'

const job = defineJob({ type: 'wake', data: typed() })
const wanted = 300
const warmUps = 10

/** From the call of enqueue in one process to the start of the handler in another, the queue being empty. */
export async function wake({ storage, kind, url, prefix }) {
  const queue = new JobQueue(storage)
  const product = await measure(['worker', kind, url, prefix], () => queue.enqueue(job, {}))
  const line = `enqueue to start, two processes: ${describeSamples(product)}`
  if (kind !== 'postgres') return line
  const bare = await openBareWake(url, prefix)
  try {
    return `${line}; bare NOTIFY, LISTEN and claim: ${describeSamples(await measure(['bare', kind, url, prefix], bare.insert))}`
  } finally {
    await bare.close()
  }
}

/** Both processes read the same monotonic clock. */
async function measure(args, send) {
  const child = fork(new URL('wake-child.mjs', import.meta.url), args)
  await once(child, 'message')
  const samples = []
  for (let i = 0; i < wanted + warmUps; i++) {
    const started = once(child, 'message')
    const begin = process.hrtime.bigint()
    await send()
    const [at] = await started
    if (i >= warmUps) samples.push(Number(BigInt(at) - begin) / 1e6)
    await pause(10 + Math.random() * 20)
  }
  child.send('stop')
  await once(child, 'exit')
  return samples
}
