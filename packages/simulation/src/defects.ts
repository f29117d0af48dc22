import type { JobStorage } from '@dbjobq/core'
import type { MemoryDatabase } from '@dbjobq/core/memory'

type Break = (storage: JobStorage, tables: MemoryDatabase['tables']) => Partial<JobStorage>

export type Defect =
  | 'settles-for-anybody'
  | 'forgets-inserts'
  | 'shortens-leases'
  | 'calls-the-living-dead'
  | 'never-finds-orphans'
  | 'never-promotes'
  | 'ticks-for-everybody'

/** Ways in which a store may break its contract, each of which the worlds must notice: teeth for those who watch. */
const defects: Record<Defect, Break> = {
  'settles-for-anybody': (storage, { jobs }) => ({
    settleJobs: (settlements) =>
      storage.settleJobs(settlements.map((one) => ({ ...one, claimId: jobs.get(one.id)?.claimId ?? one.claimId }))),
  }),
  'forgets-inserts': (storage) => ({
    insertJobs: async (jobs) => {
      const answers = await storage.insertJobs(jobs.filter(({ id }) => !id.endsWith('0')))
      return jobs.map(({ id }) => answers.find((answer) => answer.id === id) ?? { inserted: true, id })
    },
  }),
  'shortens-leases': (storage, { workers }) => ({
    heartbeat: async (beat) => {
      const answer = await storage.heartbeat(beat)
      const row = workers.get(beat.workerId)
      if (row && answer.alive) row.leaseUntil = beat.leaseUntil
      return answer
    },
  }),
  'calls-the-living-dead': (storage) => ({ findOrphans: (request) => storage.findOrphans({ ...request, now: request.now + 10_000 }) }),
  'never-finds-orphans': () => ({ findOrphans: () => Promise.resolve([]) }),
  'never-promotes': () => ({ promoteJobs: () => Promise.resolve({ queues: [], more: false, nextRunAt: null }) }),
  'ticks-for-everybody': (storage, { states }) => ({
    putState: (state, expected, jobs) =>
      storage.putState(state, expected === null ? null : (states.get(`${state.kind} ${state.id}`)?.revision ?? expected), jobs),
  }),
}

export const defectNames = Object.keys(defects) as Defect[]

export function isDefect(name: string): name is Defect {
  return name in defects
}

export function withDefect(name: Defect) {
  return (storage: JobStorage, tables: MemoryDatabase['tables']): JobStorage => {
    const broken: Partial<JobStorage> = defects[name](storage, tables)
    return new Proxy(storage, {
      get(target, member) {
        const value: unknown = Reflect.get(member in broken ? broken : target, member)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  }
}
