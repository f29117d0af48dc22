import { decodeIfReadable } from './codec.js'

/** One failed attempt, as it is kept with the job: the last 10, each at most 8 KiB. */
export interface Failure {
  /** Epoch ms. */
  at: number
  /** From 1. */
  attempt: number
  name: string
  message: string
  code?: string
  stack?: string
}

export const failuresKept = 10
/** Characters for message and stack together; with escapes and names an entry stays within 8 KiB of text. */
const textKept = 6_000

/** What was thrown, whatever it was, as an entry. Never throws, even for a value that throws when looked at. */
export function toFailure(thrown: unknown, attempt: number, at: number): Failure {
  const failure: Failure = { at, attempt, name: 'Error', message: 'an error that cannot be shown' }
  try {
    if (thrown instanceof Error || (typeof thrown === 'object' && thrown !== null && 'message' in thrown)) {
      const { name, message, code, stack } = thrown as { name?: unknown; message?: unknown; code?: unknown; stack?: unknown }
      failure.message = cut(String(message), textKept / 2)
      failure.name = typeof name === 'string' ? cut(name, 100) : 'Error'
      if (typeof code === 'string') failure.code = cut(code, 100)
      if (typeof stack === 'string') failure.stack = cut(stack, textKept / 2)
    } else {
      failure.message = cut(typeof thrown === 'string' ? thrown : JSON.stringify(thrown ?? null), textKept / 2)
    }
  } catch {
    // the value resists being read: the entry says so
  }
  return failure
}

export function workerLost(attempt: number, at: number): Failure {
  return { at, attempt, name: 'DbjobqError', code: 'WORKER_LOST', message: 'The worker that ran this job is gone (worker lost).' }
}

/** None of what cannot be read: a job must not become stuck over what went wrong before. */
export function decodeFailures(errors: string | null): Failure[] {
  const failures = errors === null ? [] : decodeIfReadable(errors)
  return Array.isArray(failures) ? failures.filter((failure): failure is Failure => typeof failure === 'object' && failure !== null) : []
}

export function addFailure(errors: string | null, failure: Failure): string {
  return JSON.stringify([...decodeFailures(errors), failure].slice(-failuresKept))
}

/** How many of its attempts were lost with their worker, as far as its last failures tell. One that never began is repeated under its number, so it counts once. */
export function attemptsLost(errors: string | null): number {
  const lost = decodeFailures(errors).filter(({ code }) => code === 'WORKER_LOST')
  return new Set(lost.map(({ attempt }) => attempt)).size
}

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length)}…` : text
}
