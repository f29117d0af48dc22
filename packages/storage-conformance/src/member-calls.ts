import type { AnyStorage } from './case.js'
import { claimRequest, newId, newJob, settlement } from './factories.js'
import { findPresent, startJob } from './running-jobs.js'

/** One ordinary call of each member that reads or writes tables. */
export function memberCalls(storage: AnyStorage): Record<string, () => Promise<unknown>> {
  const row = { id: newId(), claimId: newId(), runAt: 0, attempts: 1 }
  return {
    insertJobs: () => storage.insertJobs([newJob({ uniqueKey: 'k' })]),
    promoteJobs: () => storage.promoteJobs({ now: 1, limit: 10 }),
    claimJobs: () => storage.claimJobs(claimRequest()),
    settleJobs: () => storage.settleJobs([settlement(row, { followUps: [newJob()] })]),
    markJobs: () => storage.markJobs([{ id: row.id, claimId: row.claimId, startedAt: 1 }]),
    updateJobs: () => storage.updateJobs([{ id: row.id, from: ['pending'], set: { priority: 1 } }]),
    deleteJobs: () => storage.deleteJobs([row.id]),
    pruneJobs: () => storage.pruneJobs({ now: 1, limit: 10 }),
    findJobs: () => storage.findJobs({}, { limit: 10 }),
    countJobs: () => storage.countJobs(['status'], { scanLimit: 10 }),
    heartbeat: () => storage.heartbeat({ workerId: 'w', info: '{}', now: 1, leaseUntil: 2, first: true }),
    findWorkers: () => storage.findWorkers(),
    findOrphans: () => storage.findOrphans({ now: 1, limit: 10 }),
    findQueues: () => storage.findQueues(),
    putQueue: () => storage.putQueue({ name: 'q', pausedAt: null, settings: null }),
    findStates: () => storage.findStates({ kind: 'k' }, { limit: 10 }),
    putState: () => storage.putState({ kind: 'k', id: 'a', dueAt: null, text: '{}' }, null, [newJob()]),
  }
}

/** A write that takes `tx`, and the question whether it happened. */
export interface WriteWithTx {
  call(tx: unknown): Promise<unknown>
  happened(): Promise<boolean>
}

/** Every member that takes `tx`, each with a job to write on. */
export const membersWithTx: Record<string, (storage: AnyStorage) => Promise<WriteWithTx>> = {
  insertJobs: (storage) => {
    const job = newJob({ uniqueKey: newId() })
    return Promise.resolve({
      call: (tx) => storage.insertJobs([job], { tx }),
      happened: async () => (await findPresent(storage, [job])).length === 1,
    })
  },
  settleJobs: async (storage) => {
    const row = await startJob(storage, { queue: newId(), uniqueKey: newId() })
    const followUp = newJob({ queue: newId(), uniqueKey: row.uniqueKey })
    return {
      call: (tx) => storage.settleJobs([settlement(row, { followUps: [followUp] })], { tx }),
      happened: async () => {
        const settled = (await storage.findJobs({ ids: [row.id], status: ['completed'] }, { limit: 1 })).length === 1
        const followed = (await findPresent(storage, [followUp])).length === 1
        if (settled !== followed) throw new Error('a settlement without its follow-up, or the other way round')
        return settled
      },
    }
  },
  updateJobs: async (storage) => {
    const job = newJob()
    await storage.insertJobs([job])
    return {
      call: (tx) => storage.updateJobs([{ id: job.id, from: ['pending'], set: { status: 'cancelled', uniqueKey: job.id } }], { tx }),
      happened: async () => (await storage.findJobs({ ids: [job.id], status: ['cancelled'] }, { limit: 1 })).length === 1,
    }
  },
  deleteJobs: async (storage) => {
    const job = newJob()
    await storage.insertJobs([job])
    return {
      call: (tx) => storage.deleteJobs([job.id], { tx }),
      happened: async () => (await findPresent(storage, [job])).length === 0,
    }
  },
}
