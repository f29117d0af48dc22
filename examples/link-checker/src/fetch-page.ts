import { RetryLater } from '@dbjobq/core'

interface Visit {
  attempt: number
  signal: AbortSignal
  /** Address of the server that stands in for all others. */
  standIn: string | undefined
}

/** ms until an answer; the server beside us that is silent on purpose needs no more. */
const patience = { online: 10_000, standIn: 2_000 }
const longestWait = 60_000

/** What is wrong with a page, or null. Throws when it may be right the next time. */
export async function fetchPage(url: URL, { attempt, signal, standIn }: Visit): Promise<string | null> {
  const address = standIn === undefined ? url : `${standIn}/${encodeURIComponent(url.href)}`
  const timeout = AbortSignal.timeout(standIn === undefined ? patience.online : patience.standIn)
  const response = await fetch(address, {
    headers: { 'user-agent': 'dbjobq-link-checker', 'x-attempt': String(attempt) },
    signal: AbortSignal.any([signal, timeout]),
  }).catch((cause: unknown) => {
    throw new Error(timeout.aborted ? 'no answer in time' : `no connection: ${reasonOf(cause)}`, { cause })
  })
  await response.body?.cancel()
  const { status } = response
  const retryAfter = response.headers.get('retry-after')
  if ((status === 429 || status === 503) && retryAfter !== null) throw new RetryLater(waitOf(retryAfter), `HTTP ${status}, asked to wait`)
  if (status === 408 || status === 429 || status >= 500) throw new Error(`HTTP ${status}`)
  return response.ok ? null : `HTTP ${status}`
}

/** ms. The header has seconds or a date. */
function waitOf(retryAfter: string): number {
  const wait = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - Date.now()
  return Math.min(Math.max(wait || 0, 0), longestWait)
}

function reasonOf(error: unknown): string {
  const { cause, message } = error as Error
  return (cause as NodeJS.ErrnoException | undefined)?.code ?? message
}
