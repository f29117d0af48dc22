import { anythingChanged } from '../model/storage.js'
import type { Hint } from './hints.js'

/**
 * `q<queue> <runAt> <origin>`, runAt 0 = now; `c<id> <origin>`; `p<queue> <origin>`: paused; `s- <origin>`: a schedule. No name holds a space. `origin` is the sending store, which
 * heard its own hint already. What a newer version sends and this one does not know is no hint.
 */
export function encodeHint(hint: Hint, origin: string): string {
  if (hint.kind === 'runnable') return `q${hint.queue} ${hint.runAt} ${origin}`
  if (hint.kind === 'cancel') return `c${hint.id} ${origin}`
  if (hint.kind === 'paused') return `p${hint.queue} ${origin}`
  if (hint.kind === 'schedule') return `s- ${origin}`
  return anythingChanged
}

/** Undefined for a hint that is unknown, or came from `self`. */
export function decodeHint(text: string, self: string): Hint | undefined {
  if (text === anythingChanged) return { kind: 'look' }
  const [subject = '', ...rest] = text.slice(1).split(' ')
  if (subject === '' || rest.at(-1) === self) return undefined
  if (text.startsWith('c')) return { kind: 'cancel', id: subject }
  if (text.startsWith('p')) return { kind: 'paused', queue: subject }
  if (text.startsWith('s')) return { kind: 'schedule' }
  const runAt = Number(rest[0])
  return text.startsWith('q') && rest.length >= 2 && Number.isSafeInteger(runAt) ? { kind: 'runnable', queue: subject, runAt } : undefined
}
