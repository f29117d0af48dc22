import { createHash } from 'node:crypto'
import type { SqlNames } from './names.js'

const longestChannel = 63
/** Bytes: PostgreSQL takes less than 8,000 in one notification. */
const longestPayload = 7_900

/** What tells the storages of one database apart, in a name that PostgreSQL does not cut. */
export function channelOf(names: SqlNames): string {
  const channel = `dbjobq ${names.jobs}`
  return Buffer.byteLength(channel) <= longestChannel ? channel : `dbjobq ${createHash('sha1').update(channel).digest('hex')}`
}

/** Hints are printable ASCII, so a line each. */
export function* payloadsOf(hints: string[]): Generator<string> {
  let payload = ''
  for (const hint of hints) {
    if (payload !== '' && payload.length + 1 + hint.length > longestPayload) {
      yield payload
      payload = ''
    }
    payload += payload === '' ? hint : `\n${hint}`
  }
  if (payload !== '') yield payload
}

export function hintsOf(payload: string): string[] {
  return payload.split('\n')
}
