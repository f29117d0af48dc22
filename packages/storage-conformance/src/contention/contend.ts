import { setTimeout as sleep } from 'node:timers/promises'
import type { JobRow } from '@dbjobq/core/storage'
import type { AnyStorage, CaseContext } from '../case.js'
import { audit } from './audit.js'
import type { Crew } from './crew.js'
import type { Entry } from './ledger.js'
import { localCrew } from './local-crew.js'
import { contentionJob, pause } from './place.js'
import type { Plan } from './plan.js'
import { processCrew } from './process-crew.js'
import { Random } from '../random.js'
import { RecordedStorage } from './recorded-storage.js'

/** For the rounds of those who produce that are under way when their time is over. One that needs longer hangs; its process will name it. */
const lastRoundsSeconds = 20

/** Runs the plan and compares the ledgers with the store. Rejects with what does not balance. */
export async function contend({ storage, subject }: CaseContext, plan: Plan): Promise<void> {
  const inserted: Entry[] = []
  const store = new RecordedStorage(storage, (entry) => inserted.push(entry))
  const random = new Random(plan.seed)
  for (let left = plan.jobs; left > 0; left -= 500) {
    await store.insertJobs(Array.from({ length: Math.min(left, 500) }, () => contentionJob(random)))
  }
  const crew =
    subject.module === undefined
      ? await localCrew(plan, () => subject.open() as Promise<AnyStorage>)
      : await processCrew(plan, subject.module)
  let told: Entry[]
  crew.start()
  try {
    await Promise.race([crew.produced, sleep((plan.seconds + lastRoundsSeconds) * 1_000, undefined, { ref: false })])
    await drained(storage, crew, Date.now() + plan.drainSeconds * 1_000)
  } finally {
    told = await crew.finish()
  }
  const problems = audit([...inserted, ...told], await allRows(storage))
  if (problems.length > 0) throw new Error(`${problems.length} problems\n${problems.slice(0, 40).join('\n')}`)
}

/** A store may count one status after another, and miss a job that moves meanwhile: so many looks in a row have to find none. */
const emptyLooks = 3

/** Waits until nothing is scheduled, pending or running; what never gets there the audit tells. */
async function drained(storage: AnyStorage, crew: Crew, deadline: number): Promise<void> {
  for (let empty = 0; empty < emptyLooks && !crew.failed.aborted && Date.now() < deadline;) {
    const { counts } = await storage.countJobs(['status'], { filter: { status: ['scheduled', 'pending', 'running'] }, scanLimit: 1 })
    empty = counts.every(({ count }) => count === 0) ? empty + 1 : 0
    await pause(100, crew.failed)
  }
}

async function allRows(storage: AnyStorage): Promise<JobRow[]> {
  const rows: JobRow[] = []
  for (;;) {
    const after = rows.at(-1)?.id
    const page = await storage.findJobs({}, { limit: 1_000, summary: true, ...(after === undefined ? {} : { after }) })
    rows.push(...page)
    if (page.length < 1_000) return rows
  }
}
