import type { QueueRow, State, WorkerRow } from '@dbjobq/core/storage'
import { ReadConcern, type Collection, type Db, type MongoClient, type Timestamp } from 'mongodb'
import type { JobDocument, Outbox } from './documents.js'

export interface QueueDocument extends Omit<QueueRow, 'name'> {
  _id: string
}

export interface WorkerDocument extends Omit<WorkerRow, 'id'> {
  _id: string
}

/** `_id` is kind and id with a blank between, which no kind has in it: so the primary key serves paging by id within a kind. */
export interface StateDocument extends State {
  _id: string
  lastWrite?: string
  outbox?: Outbox
}

/** The jobs of one `insertJobs`, kept until all of them are in. */
export interface BatchDocument {
  _id: string
  outbox: Outbox
}

/** What one `send` tells the other processes. */
export interface HintDocument {
  /** The server's; the first document, which keeps cursors alive, has none. */
  at?: Timestamp
  hints: string[]
}

/** One `_id` a version that was applied. */
export interface MigrationDocument {
  _id: number
  name: string
}

/** The collections, and what the server can do. */
export interface Store {
  client: MongoClient
  database: Db
  prefix: string
  jobs: Collection<JobDocument>
  workers: Collection<WorkerDocument>
  queues: Collection<QueueDocument>
  states: Collection<StateDocument>
  batches: Collection<BatchDocument>
  hints: Collection<HintDocument>
  migrations: Collection<MigrationDocument>
  /** As raw commands name it. */
  writeConcern: { w: 'majority'; j: true; wtimeout: number }
  /** Decided by the first answer of the server; a standalone has none. */
  transactions: boolean
}

/** Acknowledged writes at `w: 1` were lost at kill -9 of a standalone and at failovers; at majority with journal none were. */
export const durable = { w: 'majority', j: true } as const

export function createStore(client: MongoClient, name: string, prefix: string, callTimeout: number): Store {
  const database = client.db(name, {
    writeConcern: { ...durable, wtimeoutMS: callTimeout },
    readConcern: new ReadConcern('local'),
    readPreference: 'primary',
  })
  return {
    client,
    database,
    prefix,
    jobs: database.collection(`${prefix}jobs`),
    workers: database.collection(`${prefix}workers`),
    queues: database.collection(`${prefix}queues`),
    states: database.collection(`${prefix}states`),
    batches: database.collection(`${prefix}batches`),
    hints: database.collection(`${prefix}hints`),
    migrations: database.collection(`${prefix}migrations`),
    writeConcern: { ...durable, wtimeout: callTimeout },
    transactions: false,
  }
}
