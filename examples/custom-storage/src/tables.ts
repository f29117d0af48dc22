import type { JobRow, QueueRow, State, WorkerRow } from '@dbjobq/core/storage'

export interface Tables {
  /** Of the schema; 0 = never migrated. */
  version: number
  jobs: Map<string, JobRow>
  /** The id of the job that holds each unique key. */
  keys: Map<string, string>
  workers: Map<string, WorkerRow>
  queues: Map<string, QueueRow>
  states: Map<string, State>
}

interface FileContents {
  version: number
  jobs: JobRow[]
  workers: WorkerRow[]
  queues: QueueRow[]
  states: State[]
}

const nothing: FileContents = { version: 0, jobs: [], workers: [], queues: [], states: [] }

/** An empty text, so also a file that is not there, is a store that was never migrated. */
export function parseTables(text: string): Tables {
  const { version, jobs, workers, queues, states } = text === '' ? nothing : (JSON.parse(text) as FileContents)
  return {
    version,
    jobs: new Map(jobs.map((job) => [job.id, job])),
    keys: new Map(jobs.flatMap((job) => (job.uniqueKey === null ? [] : [[job.uniqueKey, job.id]]))),
    workers: new Map(workers.map((worker) => [worker.id, worker])),
    queues: new Map(queues.map((queue) => [queue.name, queue])),
    states: new Map(states.map((state) => [stateKey(state), state])),
  }
}

export function formatTables({ version, jobs, workers, queues, states }: Tables): string {
  if (version === 0) return ''
  const contents: FileContents = {
    version,
    jobs: [...jobs.values()],
    workers: [...workers.values()],
    queues: [...queues.values()],
    states: [...states.values()],
  }
  return JSON.stringify(contents)
}

/** Names have no spaces. */
export const stateKey = ({ kind, id }: { kind: string; id: string }) => `${kind} ${id}`

export const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export function setKey(tables: Tables, job: JobRow, key: string | null): void {
  if (job.uniqueKey !== null) tables.keys.delete(job.uniqueKey)
  if (key !== null) tables.keys.set(key, job.id)
  job.uniqueKey = key
}
