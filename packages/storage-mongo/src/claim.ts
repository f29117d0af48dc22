import type { ClaimRequest, JobRow } from '@dbjobq/core/storage'
import type { Filter, UpdateFilter } from 'mongodb'
import type { Attempt } from './call.js'
import { toRow, withoutInternals, type JobDocument } from './documents.js'
import type { Store } from './store.js'

const bestFirst = { priority: -1, runAt: 1, _id: 1 } as const
const rounds = 3
const queuesAtOnce = 4
/** ms; with the claim itself it stays within the second for which a better row may be overlooked. */
const spreadFor = 900
const spreadOver = 8

type Queue = ClaimRequest['queues'][number]

interface Choice {
  chosen: JobDocument[]
  more: boolean
}

/** Claims of one storage. It remembers whether other claimers were in its way. */
export class Claimer {
  #spreadUntil = 0

  /** `sent` holds the jobs that earlier attempts of this call may have claimed, as they were. */
  async claimJobs(
    store: Store,
    attempt: Attempt,
    request: ClaimRequest,
    sent: Map<string, JobDocument>,
  ): Promise<{ jobs: JobRow[]; more: boolean }> {
    for (let round = 0; round < rounds; round++) {
      const jobs = sent.size > 0 ? await readBack(store, attempt, request, [...sent.values()]) : []
      if (jobs.length > 0) return { jobs, more: true }
      const { chosen, more } = await this.#choose(store, attempt, request)
      if (chosen.length === 0) return { jobs: [], more }
      for (const job of chosen) sent.set(job._id, job)
      if ((await claim(store, attempt, request, chosen)) === chosen.length)
        return { jobs: chosen.map((job) => claimed(job, request)), more }
      // Blocks at random keep several claimers apart: four got twice as much done as at the head.
      this.#spreadUntil = performance.now() + spreadFor
    }
    return { jobs: await readBack(store, attempt, request, [...sent.values()]), more: true }
  }

  async #choose(store: Store, attempt: Attempt, request: ClaimRequest): Promise<Choice> {
    if (request.queues.length === 0) return { chosen: [], more: false }
    const pausing = findPaused(store, attempt, request)
    const chosen = new Map<string, JobDocument>()
    let more = false
    const roomIn = ({ limit }: Queue) => Math.max(0, Math.min(limit, request.limit - chosen.size))
    // A few queues at a time: all at once would read far more whole documents than are wanted.
    for (let start = 0; start < request.queues.length; start += queuesAtOnce) {
      const queues = request.queues.slice(start, start + queuesAtOnce)
      const [paused, ...found] = await Promise.all([
        pausing,
        ...queues.map((queue) => this.#candidates(store, attempt, queue, roomIn(queue))),
      ])
      for (const [index, queue] of queues.entries()) {
        const { jobs = [], skipped = false } = paused.has(queue.name) ? {} : (found[index] ?? {})
        const room = roomIn(queue)
        more ||= jobs.length > room || skipped
        for (const job of jobs.slice(0, room)) chosen.set(job._id, job)
      }
    }
    return { chosen: [...chosen.values()], more }
  }

  /** Whole documents, and one more to know whether there are more. */
  async #candidates(
    store: Store,
    { scope }: Attempt,
    { name, types }: Queue,
    room: number,
  ): Promise<{ jobs: JobDocument[]; skipped: boolean }> {
    const filter: Filter<JobDocument> = { status: 'pending', queue: name, ...(types ? { type: { $in: types } } : {}) }
    const limit = room + 1
    const find = (skip: number) =>
      store.jobs.find(filter, { ...scope, sort: bestFirst, projection: withoutInternals, skip, limit, batchSize: limit + 1 }).toArray()
    const skip = performance.now() < this.#spreadUntil ? Math.floor(Math.random() * spreadOver) * room : 0
    const jobs = skip === 0 ? [] : await find(skip)
    return jobs.length > 0 ? { jobs, skipped: true } : { jobs: await find(0), skipped: false }
  }
}

/** What this claim got of these jobs, in their order: also what was taken from it meanwhile, so that each claim is told. */
async function readBack(store: Store, { scope }: Attempt, request: ClaimRequest, sent: JobDocument[]): Promise<JobRow[]> {
  const filter: Filter<JobDocument> = { _id: { $in: sent.map(({ _id }) => _id) }, claims: request.claimId }
  const found = await store.jobs.find(filter, { ...scope, projection: { _id: 1 }, batchSize: sent.length + 1 }).toArray()
  const won = new Set(found.map(({ _id }) => _id))
  return sent.filter(({ _id }) => won.has(_id)).map((job) => claimed(job, request))
}

async function findPaused(store: Store, { scope }: Attempt, { queues }: ClaimRequest): Promise<Set<string>> {
  const filter = { _id: { $in: queues.map(({ name }) => name) }, pausedAt: { $ne: null } }
  const paused = await store.queues.find(filter, { ...scope, projection: { _id: 1 } }).toArray()
  return new Set(paused.map(({ _id }) => _id))
}

/** Answers how many. Guarded by the revision, so that a full count means that the documents are as they were read. */
async function claim(store: Store, { scope }: Attempt, request: ClaimRequest, chosen: JobDocument[]): Promise<number> {
  let count = 0
  for (const [releases, jobs] of Map.groupBy(chosen, releasesKey)) {
    const byRevision = [...Map.groupBy(jobs, ({ rev }) => rev)].map(([rev, same]): Filter<JobDocument> => ({
      _id: { $in: same.map(({ _id }) => _id) },
      status: 'pending',
      rev,
    }))
    const update: UpdateFilter<JobDocument> = {
      $set: {
        status: 'running',
        claimId: request.claimId,
        workerId: request.workerId,
        startedAt: null,
        ...(releases ? { uniqueKey: null } : {}),
      },
      $push: { claims: { $each: [request.claimId], $slice: -3 } },
      $inc: { attempts: 1, rev: 1 },
    }
    const [only] = byRevision
    count += (await store.jobs.updateMany(byRevision.length === 1 && only ? only : { $or: byRevision }, update, scope)).matchedCount
  }
  return count
}

function claimed(job: JobDocument, { claimId, workerId }: ClaimRequest): JobRow {
  const uniqueKey = releasesKey(job) ? null : job.uniqueKey
  return { ...toRow(job), status: 'running', claimId, workerId, attempts: job.attempts + 1, startedAt: null, uniqueKey }
}

function releasesKey({ keyUntil, uniqueKey }: JobDocument): boolean {
  return keyUntil === 'claim' && uniqueKey !== null
}
