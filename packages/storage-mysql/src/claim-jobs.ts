import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import { lockBest, type Locked } from './claim-queue.js'
import { isName, jsonIds, jsonTable, name, toJson, toJsonIds } from './json-rows.js'
import type { LowWater } from './low-water.js'
import type { Session } from './session.js'
import { jobsById, type Tables } from './tables.js'

type QueueRequest = ClaimRequest['queues'][number]
type Answer = Locked & { queue: QueueRequest }

export async function claimJobs(
  session: Session,
  tables: Tables,
  lowWater: LowWater,
  request: ClaimRequest,
): Promise<{ jobs: JobRow[]; more: boolean }> {
  const queues = await queuesWithWork(session, tables, lowWater, request.queues)
  if (queues.length === 0) return { jobs: [], more: false }
  const jobs = new Map<string, JobRow>()
  const answers: Answer[] = []
  await session.inTransaction(async () => {
    for (const queue of queues) {
      const limit = Math.min(queue.limit, request.limit - jobs.size)
      if (limit <= 0) {
        answers.push({ queue, jobs: [], more: true, scanned: false })
        continue
      }
      const answer = await lockBest(session, tables, queue, limit, lowWater.markOf(queue.name))
      answers.push({ ...answer, queue })
      for (const job of answer.jobs) jobs.set(job.id, job)
    }
    if (jobs.size > 0) await writeClaim(session, tables, request, jobs.keys())
  })
  for (const answer of answers) move(lowWater, answer)
  return { jobs: [...jobs.values()].map((job) => toClaimed(job, request)), more: answers.some(({ more }) => more) }
}

const queueTable = jsonTable({ name })

/** Those of the queues that gave nothing the last time are looked at without a transaction: an idle poll is one statement. */
async function queuesWithWork(session: Session, { quoted }: Tables, lowWater: LowWater, queues: QueueRequest[]): Promise<QueueRequest[]> {
  const idle = queues.map((queue) => queue.name).filter((queue) => isName(queue) && !lowWater.isBusy(queue))
  if (idle.length === 0) return queues
  const rows = await session.read(
    `select given.name from ${queueTable}
    where (select jobs.id from ${quoted.jobs} as jobs force index (claim) where jobs.queue = given.name and jobs.status = 'pending' limit 1) is not null
    and not exists (select 1 from ${quoted.queues} as queues where queues.name = given.name and queues.paused_at is not null)`,
    [toJson(idle.map((queue) => ({ name: queue })))],
  )
  const found = new Set(rows.map((row) => row.name))
  return queues.filter((queue) => lowWater.isBusy(queue.name) || found.has(queue.name))
}

async function writeClaim(session: Session, { quoted }: Tables, { claimId, workerId }: ClaimRequest, ids: Iterable<string>): Promise<void> {
  await session.write(
    `update ${jsonIds} ${jobsById(quoted)}
    set jobs.status = 'running', jobs.claim_id = ?, jobs.worker_id = ?, jobs.attempts = jobs.attempts + 1, jobs.started_at = null,
      jobs.unique_key = if(jobs.key_until = 'claim', null, jobs.unique_key)`,
    [toJsonIds(ids), claimId, workerId],
  )
}

function toClaimed(job: JobRow, { claimId, workerId }: ClaimRequest): JobRow {
  return {
    ...job,
    status: 'running',
    claimId,
    workerId,
    attempts: job.attempts + 1,
    startedAt: null,
    uniqueKey: job.keyUntil === 'claim' ? null : job.uniqueKey,
  }
}

/** A claim of some types tells nothing of the others, which may be better. */
function move(lowWater: LowWater, { queue, jobs, more, scanned }: Answer): void {
  if (queue.types) return
  const last = jobs.at(-1)
  if (last) lowWater.advance(queue.name, { rank: -last.priority, runAt: last.runAt }, scanned)
  else if (!more) lowWater.forget(queue.name)
}
