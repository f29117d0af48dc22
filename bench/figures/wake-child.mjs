import { defineJob, handle, JobQueue, typed, Worker } from '@dbjobq/core'
import { listenBare } from '#floors/wake'
import { openStorage } from '#product'

const [side, kind, url, prefix] = process.argv.slice(2)
const tell = () => process.send(process.hrtime.bigint().toString())

async function startWorker() {
  const queue = new JobQueue(await openStorage(kind, url, prefix))
  const worker = new Worker(queue, { jobs: [handle(defineJob({ type: 'wake', data: typed() }), tell)] })
  await worker.start()
  return () => queue.close()
}

const stop = side === 'bare' ? await listenBare(url, prefix, tell) : await startWorker()
process.on('message', () => void stop().then(() => process.disconnect()))
// A listener has a moment to be heard by the server.
setTimeout(() => process.send('ready'), 500)
