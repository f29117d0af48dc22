import type { Document } from 'mongodb'
import { durable } from './store.js'

/** As commands, so that what is run here and what a database administrator reads is one. All can be run again. */
export interface MigrationPlan {
  version: number
  name: string
  up: Document[]
  /** Where the server refuses one, the rest of them is left out. */
  optional: Document[]
  mark: Document
  down: Document[]
}

/** Partial indexes serve only queries that imply their filter: prune asks with this bound too. */
export const earliestTime = Number.MIN_SAFE_INTEGER

const jobIndexes: Document[] = [
  { name: 'claim', key: { queue: 1, priority: -1, runAt: 1, _id: 1 }, partialFilterExpression: { status: 'pending' } },
  { name: 'promote', key: { runAt: 1, _id: 1 }, partialFilterExpression: { status: 'scheduled' } },
  { name: 'worker', key: { workerId: 1, _id: 1 }, partialFilterExpression: { status: 'running' } },
  // A sparse index would let two nulls collide.
  { name: 'uniqueKey', key: { uniqueKey: 1 }, unique: true, partialFilterExpression: { uniqueKey: { $type: 'string' } } },
  // A TTL index would delete a job whose outbox is not drained.
  { name: 'prune', key: { deleteAt: 1 }, partialFilterExpression: { deleteAt: { $gte: earliestTime } } },
  { name: 'outbox', key: { 'outbox.token': 1 }, partialFilterExpression: { 'outbox.token': { $exists: true } } },
  // For lists and bounded counts of one status.
  { name: 'status', key: { status: 1, _id: 1 } },
]

export function migrationsFor(prefix: string): MigrationPlan[] {
  const collections = ['jobs', 'workers', 'queues', 'states', 'batches'].map((name) => prefix + name)
  return [
    {
      version: 1,
      name: 'initial',
      up: [...collections.map((create) => ({ create })), { createIndexes: `${prefix}jobs`, indexes: jobIndexes }],
      // Amazon DocumentDB and Azure Cosmos DB have no capped collections; the second one keeps tailable cursors alive.
      optional: [
        { create: `${prefix}hints`, capped: true, size: 1_048_576 },
        { insert: `${prefix}hints`, documents: [{ _id: 'first', hints: [] }], writeConcern: durable },
      ],
      mark: mark(prefix, 1, 'initial'),
      // Unmarked first: a store that is half removed must not count as migrated.
      down: [unmark(prefix, 1), ...[...collections, `${prefix}hints`, `${prefix}migrations`].map((drop) => ({ drop }))],
    },
  ]
}

function mark(prefix: string, version: number, name: string): Document {
  const updates = [{ q: { _id: version }, u: { $setOnInsert: { name } }, upsert: true }]
  return { update: `${prefix}migrations`, updates, writeConcern: durable }
}

function unmark(prefix: string, version: number): Document {
  return { delete: `${prefix}migrations`, deletes: [{ q: { _id: version }, limit: 1 }], writeConcern: durable }
}
