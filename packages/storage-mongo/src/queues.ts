import type { QueueRow } from '@dbjobq/core/storage'
import type { Scope } from './call.js'
import type { Store } from './store.js'

export async function findQueues(store: Store, scope: Scope): Promise<QueueRow[]> {
  const queues = await store.queues.find({}, { ...scope, sort: { _id: 1 } }).toArray()
  return queues.map(({ _id: name, pausedAt, settings }) => ({ name, pausedAt, settings }))
}

export async function putQueue(store: Store, scope: Scope, { name, pausedAt, settings }: QueueRow): Promise<void> {
  await store.queues.updateOne({ _id: name }, { $set: { pausedAt, settings } }, { ...scope, upsert: true })
}
