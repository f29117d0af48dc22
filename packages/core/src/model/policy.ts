import { backoffDelay, defaultBackoff, type StoredBackoff } from './backoff.js'
import { anInteger } from './check.js'
import { decodeIfReadable } from './codec.js'
import type { JobStatus } from './storage.js'

/** What core stores with each job in `options`; times in ms, null = for ever. */
export interface Policy {
  maxRetries: number
  backoff: StoredBackoff
  timeout: number | null
  retention: Record<'completed' | 'cancelled' | 'failed', number | null>
  /** The unique key, for a redrive after it was released. */
  key: string | null
  /** Epoch ms: until then the job keeps its unique key, also when it has ended; null = the key goes with the claim or the settlement. */
  keyEnd: number | null
  /** Of the definition that the data was made for. */
  version: number
  /** The schedule and its tick (epoch ms) that the job is of. */
  schedule: { id: string; tick: number } | null
}

const day = 86_400_000
export const defaultPolicy: Policy = {
  maxRetries: 3,
  backoff: defaultBackoff,
  timeout: null,
  retention: { completed: day, cancelled: day, failed: 30 * day },
  key: null,
  keyEnd: null,
  version: 1,
  schedule: null,
}

const encoded = new WeakMap<Policy, string>()

/** Only what differs from the defaults is stored: it keeps the usual row short. Most jobs share the policy of their definition. */
export function encodePolicy(policy: Policy): string {
  const known = encoded.get(policy) ?? encode(policy)
  encoded.set(policy, known)
  return known
}

function encode(policy: Policy): string {
  const differing = Object.entries(policy).filter(([name, value]) => !same(value, defaultPolicy[name as keyof Policy]))
  return differing.length === 0 ? '{}' : JSON.stringify(Object.fromEntries(differing))
}

/** What cannot be read counts as the defaults, so that such a job can be shown, settled and deleted. It is not run: see `readData`. */
export function decodePolicy(text: string): Policy {
  return text === '{}' ? defaultPolicy : { ...defaultPolicy, ...(decodeIfReadable(text) as Partial<Policy> | undefined) }
}

export function retryDelay(policy: Policy, attempt: number): number {
  return backoffDelay(policy.backoff, attempt)
}

/** Never before the end of a window of uniqueness: the row is what holds the key. */
export function deleteAt(policy: Policy, status: JobStatus, finishedAt: number): number | null {
  const kept = policy.retention[status as keyof Policy['retention']]
  return kept === null ? null : Math.max(finishedAt + kept, policy.keyEnd ?? 0)
}

/** The unique key that a finished job asks for when it runs again; none once its window is over. */
export function keyForRetry({ key, keyEnd }: Policy, now: number): string | null {
  return keyEnd !== null && keyEnd <= now ? null : key
}

function same(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && JSON.stringify(a) === JSON.stringify(b))
}

export const aRetryCount = anInteger(0, 1_000)
