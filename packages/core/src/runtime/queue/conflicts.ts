import { DbjobqError } from '../../model/errors.js'
import { decodePolicy } from '../../model/policy.js'
import { maxRowsPerCall, type JobRow, type JobStorage, type JobUpdate, type NewJob } from '../../model/storage.js'
import type { Uniqueness } from '../../model/unique.js'

/** A job to be written and what it asks of its unique key. */
export interface Keyed {
  job: NewJob
  unique: Uniqueness | null
}

export interface Written {
  /** Of the new job, or of the one that holds its unique key. */
  id: string
  outcome: 'enqueued' | 'duplicate' | 'replaced'
}

interface Open extends Keyed {
  index: number
}
type Held = Open & { holder: string }

interface Target<Tx> {
  storage: JobStorage<Tx>
  /** The time of the store, epoch ms. */
  now: () => number
  tx: Tx | undefined
}

/** How often a call that lost a race for a key looks again. */
const looks = 10

/**
 * Inserts jobs and settles what happens where a unique key is held: insert → held → replace it if it waits, or free its key if its
 * window is over → again. Each step is guarded by what the job is then, so whoever is late looks again.
 * At most 1,000 jobs; answers in the order given. @throws DbjobqError `CONTENTION` after ten looks
 */
export async function insertKeyed<Tx>(keyed: Keyed[], target: Target<Tx>): Promise<Written[]> {
  const written: Written[] = []
  let open = keyed.map((each, index): Open => ({ ...each, index }))
  for (let look = 0; open.length > 0; look++) {
    if (look === looks) throw contention(open)
    const held = await insert(open, target, written)
    const kept = await replace(held, target, written)
    open = await lookAt(kept, target, written)
  }
  return written
}

/** Answers those whose key is held. */
async function insert<Tx>(open: Open[], { storage, tx }: Target<Tx>, written: Written[]): Promise<Held[]> {
  const jobs = open.map(({ job }) => job)
  const answers = await storage.insertJobs(jobs, inTx(tx))
  return open.flatMap((each, index) => {
    const answer = answers[index]
    if (!answer) throw new DbjobqError('STORAGE_FAILED', 'The storage answered nothing for a job. Its adapter breaks the contract.')
    if (!answer.inserted) return [{ ...each, holder: answer.id }]
    written[each.index] = { id: answer.id, outcome: 'enqueued' }
    return []
  })
}

/** Answers those that replaced nothing. */
async function replace<Tx>(held: Held[], { storage, tx }: Target<Tx>, written: Written[]): Promise<Held[]> {
  // Of several for one holder the last counts. Rows in one order in all processes: else calls that replace many deadlock.
  const last = new Map<string, Held>()
  for (const each of held) if (each.unique && each.unique.onConflict !== 'skip') last.set(each.holder, each)
  if (last.size === 0) return held
  const updates = [...last.values()].map(toUpdate).sort((a, b) => (a.id < b.id ? -1 : 1))
  const answers = await storage.updateJobs(updates, inTx(tx))
  const replaced = new Set(updates.flatMap(({ id }, index) => (answers[index] === 'updated' ? [id] : [])))
  return held.filter(({ unique, holder, index }) => {
    if (unique?.onConflict === 'skip' || !replaced.has(holder)) return true
    written[index] = { id: holder, outcome: 'replaced' }
    return false
  })
}

/** The key is asked for again: the holder may have let go since, and have been put back to wait without it. */
function toUpdate({ job, holder }: Held): JobUpdate {
  const { status, queue, runAt, priority, data, options, uniqueKey } = job
  return {
    id: holder,
    from: ['scheduled', 'pending'],
    set: { status, queue, runAt, priority, data, options, uniqueKey, attempts: 0, startedAt: null, progress: null },
  }
}

/** Looks at the holders, frees keys whose window is over, and answers those to try again; the others are duplicates. */
async function lookAt<Tx>(held: Held[], target: Target<Tx>, written: Written[]): Promise<Open[]> {
  const seen = held.filter((each) => isWorthALook(each, target.tx))
  const rows = await findAll(target.storage, [...new Set(seen.map(({ holder }) => holder))])
  const now = target.now()
  const over = new Map<string, JobUpdate>()
  const again: Open[] = []
  for (const each of held) {
    const row = rows.get(each.holder)
    if (row && isOver(row, now)) over.set(row.id, freeing(row))
    if (seen.includes(each) && isToTryAgain(each, row, target, now)) again.push(each)
    else written[each.index] = { id: each.holder, outcome: 'duplicate' }
  }
  const updates = [...over.values()].sort((a, b) => (a.id < b.id ? -1 : 1))
  if (updates.length > 0) await target.storage.updateJobs(updates, inTx(target.tx))
  return again
}

/**
 * Without a transaction always: a window may come from an older definition. Within one the look needs a connection beside it,
 * so only where it matters: a plain duplicate must not wait for a pool that callers' transactions hold.
 */
function isWorthALook({ unique }: Held, tx: unknown): boolean {
  return tx === undefined || unique?.window != null || unique?.onConflict !== 'skip'
}

function isToTryAgain({ job, unique }: Held, row: JobRow | undefined, { tx }: { tx?: unknown }, now: number): boolean {
  // Gone meanwhile; or, in a transaction, written by it and not to be seen from outside yet.
  if (!row) return tx === undefined || unique?.onConflict !== 'skip'
  if (row.uniqueKey !== job.uniqueKey || isOver(row, now)) return true
  return unique?.onConflict !== 'skip' && (row.status === 'scheduled' || row.status === 'pending')
}

/** The window alone decides, whatever became of the job. */
function isOver(row: JobRow, now: number): boolean {
  const { keyEnd } = decodePolicy(row.options)
  return keyEnd !== null && keyEnd <= now
}

function freeing({ id, status }: JobRow): JobUpdate {
  return { id, from: [status], set: { uniqueKey: null } }
}

/**
 * Frees the keys of these jobs whose holder's window is over: for jobs that are written together with something else, where a
 * job whose key is held is left out.
 */
export async function freeOver(jobs: NewJob[], storage: JobStorage, now: number): Promise<void> {
  for (const { uniqueKey } of jobs) {
    if (uniqueKey === null) continue
    const [holder] = await storage.findJobs({ uniqueKey }, { limit: 1, summary: true })
    if (holder && isOver(holder, now)) await storage.updateJobs([freeing(holder)])
  }
}

async function findAll(storage: JobStorage, ids: string[]): Promise<Map<string, JobRow>> {
  if (ids.length === 0) return new Map()
  const rows = await storage.findJobs({ ids }, { limit: maxRowsPerCall, summary: true })
  return new Map(rows.map((row) => [row.id, row]))
}

function inTx<Tx>(tx: Tx | undefined): { tx?: Tx } {
  return tx === undefined ? {} : { tx }
}

function contention([first]: Open[]): DbjobqError {
  const message = `A job of type ${first?.job.type ?? ''} met ${looks} other holders of its unique key while it was enqueued. Try again.`
  return new DbjobqError('CONTENTION', message)
}
