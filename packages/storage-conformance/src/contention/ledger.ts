import type { InsertAnswer, NewJob, SettleAnswer, Settlement, UpdateAnswer } from '@dbjobq/core/storage'

/** Begin and end of the call, ms on the monotonic clock of the machine, which all its processes share. */
export interface Span {
  begun: number
  ended: number
}

export type BornJob = Pick<NewJob, 'id' | 'uniqueKey' | 'keyUntil'>

export type InsertEntry = Span & { kind: 'insert'; job: BornJob; answer: InsertAnswer }
export type ClaimEntry = Span & { kind: 'claim'; id: string; claimId: string; attempts: number }
export type SettleEntry = Span &
  Pick<Settlement, 'id' | 'claimId' | 'status' | 'attempts' | 'deleteAt' | 'releaseKey' | 'forgetClaim'> & {
    kind: 'settle'
    followUps: BornJob[]
    answer: SettleAnswer
  }
/** A waiting job cancelled, or a running one asked to end. */
export type CancelEntry = Span & { kind: 'cancel'; id: string; how: 'cancelled' | 'asked'; answer: UpdateAnswer }
export type DeleteEntry = Span & { kind: 'delete'; id: string }
export type PruneEntry = Span & { kind: 'prune'; count: number }
export type TickEntry = Span & { kind: 'tick'; expected: number | null; written: boolean; job: BornJob }
/** A call that failed, or an answer that must not be. */
export interface ErrorEntry {
  kind: 'error'
  message: string
}

/** One fact that a process saw, kept outside the store. */
export type Entry = InsertEntry | ClaimEntry | SettleEntry | CancelEntry | DeleteEntry | PruneEntry | TickEntry | ErrorEntry
export type WriteEntry = (entry: Entry) => void

export async function timed<T>(call: () => Promise<T>): Promise<[T, Span]> {
  const begun = Number(process.hrtime.bigint()) / 1e6
  const answer = await call()
  return [answer, { begun, ended: Number(process.hrtime.bigint()) / 1e6 }]
}

export function bornJob({ id, uniqueKey, keyUntil }: NewJob): BornJob {
  return { id, uniqueKey, keyUntil }
}
