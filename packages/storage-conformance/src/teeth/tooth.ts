import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import type { JobRow, JobStorage } from '@dbjobq/core/storage'
import type { AnyStorage, Subject } from '../case.js'

/** What a broken storage does differently; the rest goes to the intact one. */
export type Defect = (intact: MemoryStorage, tables: MemoryDatabase['tables']) => Partial<JobStorage>

/** A storage with one defect, and the cases that must notice it. A case that no defect fails proves nothing. */
export interface Tooth {
  /** Finishes "a storage that …". */
  name: string
  /** The id of the MUST that it does not keep. */
  breaks: string
  caughtBy: string[]
  defect: Defect
}

/** Stores on MemoryStorage, with the defect if there is one. */
export function memorySubject(defect?: Defect): Subject {
  let database = new MemoryDatabase()
  return {
    open: () => {
      const intact = new MemoryStorage({ database })
      return Promise.resolve(defect ? withDefect(intact, defect(intact, database.tables)) : intact)
    },
    reset: () => {
      database = new MemoryDatabase()
      return Promise.resolve()
    },
    setSchemaVersion: (version) => {
      database.tables.version = version
      return Promise.resolve()
    },
  }
}

function withDefect(intact: MemoryStorage, broken: Partial<JobStorage>): AnyStorage {
  return new Proxy<AnyStorage>(intact, {
    get: (_, name) => {
      if (name in broken) return Reflect.get(broken, name) as unknown
      const member: unknown = Reflect.get(intact, name, intact)
      return typeof member === 'function' ? (member.bind(intact) as unknown) : member
    },
  })
}

/** Lets the other calls that are under way go on in between, as the way to a server and back does. */
export async function meanwhile(turns = 20): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await Promise.resolve()
}

/** Does `work` while the rows that are not `shown` are out of sight. */
export async function showing<T>(
  jobs: MemoryDatabase['tables']['jobs'],
  shown: (row: JobRow) => boolean,
  work: () => Promise<T>,
): Promise<T> {
  const hidden = [...jobs].filter(([, row]) => !shown(row))
  for (const [id] of hidden) jobs.delete(id)
  const answer = await work()
  for (const [id, row] of hidden) jobs.set(id, row)
  return answer
}

/** Does `work` with other values in the rows that it may see, and puts theirs back where they still are. */
export async function disguised<T>(rows: Iterable<JobRow>, as: Partial<JobRow>, work: () => Promise<T>): Promise<T> {
  const own = [...rows].map((row) => [row, { ...row }] as const)
  for (const [row] of own) Object.assign(row, as)
  const answer = await work()
  for (const [row, before] of own) {
    for (const name of Object.keys(as) as (keyof JobRow)[]) if (row[name] === as[name]) Object.assign(row, { [name]: before[name] })
  }
  return answer
}
