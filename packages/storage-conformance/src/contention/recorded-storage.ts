import type { ClaimRequest, InsertAnswer, JobRow, NewJob, NewState, SettleAnswer, Settlement, UpdateAnswer } from '@dbjobq/core/storage'
import type { AnyStorage } from '../case.js'
import { bornJob, timed, type WriteEntry } from './ledger.js'

/** The calls that move jobs, each written into the ledger with its answer. */
export class RecordedStorage {
  /** For the calls that only read, and for heartbeats. */
  readonly storage: AnyStorage
  readonly #write: WriteEntry

  constructor(storage: AnyStorage, write: WriteEntry) {
    this.storage = storage
    this.#write = write
  }

  async insertJobs(jobs: NewJob[]): Promise<InsertAnswer[]> {
    const [answers, span] = await timed(() => this.storage.insertJobs(jobs))
    for (const [job, answer] of pairs(jobs, answers)) this.#write({ kind: 'insert', ...span, job: bornJob(job), answer })
    return answers
  }

  async claimJobs(request: ClaimRequest): Promise<{ jobs: JobRow[]; more: boolean }> {
    const [answer, span] = await timed(() => this.storage.claimJobs(request))
    for (const { id, attempts } of answer.jobs) this.#write({ kind: 'claim', ...span, id, claimId: request.claimId, attempts })
    return answer
  }

  async settleJobs(settlements: Settlement[]): Promise<SettleAnswer[]> {
    const [answers, span] = await timed(() => this.storage.settleJobs(settlements))
    for (const [settlement, answer] of pairs(settlements, answers)) {
      const { id, claimId, status, attempts, deleteAt, releaseKey, forgetClaim, followUps = [] } = settlement
      const written = { id, claimId, status, attempts, deleteAt, releaseKey, forgetClaim, followUps: followUps.map(bornJob) }
      this.#write({ kind: 'settle', ...span, ...written, answer })
    }
    return answers
  }

  /** A waiting job ends; a running one is asked to. */
  async cancelJob(id: string, now: number): Promise<UpdateAnswer> {
    const ended = { status: 'cancelled', finishedAt: now, deleteAt: null, uniqueKey: null } as const
    const [waiting, span] = await timed(() => this.storage.updateJobs([{ id, from: ['scheduled', 'pending'], set: ended }]))
    const [answer = 'stale'] = waiting
    this.#write({ kind: 'cancel', ...span, id, how: 'cancelled', answer })
    if (answer === 'updated') return answer
    const [running, later] = await timed(() => this.storage.updateJobs([{ id, from: ['running'], set: { cancelRequestedAt: now } }]))
    const [asked = 'stale'] = running
    this.#write({ kind: 'cancel', ...later, id, how: 'asked', answer: asked })
    return asked
  }

  async deleteJobs(ids: string[]): Promise<void> {
    const [deleted, span] = await timed(() => this.storage.deleteJobs(ids))
    for (const id of deleted) this.#write({ kind: 'delete', ...span, id })
  }

  async pruneJobs(request: { now: number; limit: number }): Promise<void> {
    const [count, span] = await timed(() => this.storage.pruneJobs(request))
    if (count > request.limit) throw new Error(`pruneJobs removed ${count} jobs with a limit of ${request.limit}`)
    this.#write({ kind: 'prune', ...span, count })
  }

  async tick(state: NewState, expected: number | null, job: NewJob): Promise<void> {
    const [written, span] = await timed(() => this.storage.putState(state, expected, [job]))
    this.#write({ kind: 'tick', ...span, expected, written, job: bornJob(job) })
  }
}

function pairs<A, B>(asked: A[], answers: B[]): [A, B][] {
  if (asked.length !== answers.length) throw new Error(`${asked.length} asked, ${answers.length} answered`)
  return asked.map((item, index) => [item, answers[index] as B])
}
