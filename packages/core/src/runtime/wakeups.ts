import { randomBytes } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { DbjobqError, StorageError } from '../model/errors.js'
import type { Wakeups } from '../model/storage.js'
import { decodeHint, encodeHint } from './hint-codec.js'
import type { Hints } from './hints.js'
import { OutgoingHints } from './outgoing-hints.js'

/** Between tries to listen: from 100 ms, twice as long each time, at most 30 s; ±25 %. */
const shortestPause = 100
const longestPause = 30_000
/** When the way to the database carries no wake-ups, ms. */
const hopelessPause = 300_000
/** An outage tells itself by the calls that fail; failing longer than this many tries, it is something about listening. */
const triesBeforeTold = 5

/** Between the hints of this process and those of all others on the same database. A process only listens while someone in it does. */
export class WakeupBridge {
  readonly #hints: Hints
  readonly #origin = randomBytes(6).toString('base64url')
  readonly #outgoing: OutgoingHints
  #listening: AbortController | undefined
  #end: (() => Promise<void>) | undefined
  #isTold = false

  constructor({ wakeups, hints, now }: { wakeups: Wakeups | undefined; hints: Hints; now: () => number }) {
    this.#hints = hints
    this.#outgoing = new OutgoingHints({
      send: async (batch) => wakeups?.send(batch.map((hint) => encodeHint(hint, this.#origin))),
      now,
    })
    if (!wakeups) return
    hints.onSend = (hint) => {
      this.#outgoing.add(hint)
    }
    hints.onAudience = (isThere) => {
      if (isThere) this.#start(wakeups)
      else void this.#stop()
    }
  }

  /** Hints of other processes arrive, as far as one can know. */
  get isListening(): boolean {
    return this.#end !== undefined
  }

  /** What was sent is on its way; nothing arrives any more. */
  async close(): Promise<void> {
    this.#hints.onSend = undefined
    this.#hints.onAudience = undefined
    await Promise.all([this.#outgoing.flush(), this.#stop()])
  }

  #start(wakeups: Wakeups): void {
    const listening = new AbortController()
    this.#listening = listening
    void this.#listen(wakeups, listening.signal)
  }

  async #stop(): Promise<void> {
    this.#listening?.abort()
    const end = this.#end
    this.#end = undefined
    await end?.().catch(() => undefined)
  }

  async #listen(wakeups: Wakeups, signal: AbortSignal): Promise<void> {
    const isOver = (): boolean => signal.aborted
    for (let tries = 1; !isOver(); tries++) {
      try {
        const end = await wakeups.listen((text) => {
          if (!isOver()) this.#receive(text)
        })
        if (isOver()) {
          await end()
          return
        }
        this.#end = end
        // What was sent before is not told again.
        this.#hints.receive({ kind: 'look' })
        return
      } catch (error) {
        const isHopeless = StorageError.isInstance(error, 'UNSUPPORTED')
        if (isHopeless || tries >= triesBeforeTold) this.#tell(error)
        const rest = isHopeless ? hopelessPause : Math.min(shortestPause * 2 ** (tries - 1), longestPause)
        await pause(rest * (0.75 + Math.random() / 2), undefined, { signal, ref: false }).catch(() => undefined)
      }
    }
  }

  #receive(text: string): void {
    const hint = decodeHint(text, this.#origin)
    if (hint) this.#hints.receive(hint)
  }

  #tell(error: unknown): void {
    if (this.#isTold) return
    this.#isTold = true
    const message = DbjobqError.isInstance(error) ? error.message : String(error)
    process.emitWarning(`dbjobq hears nothing of other processes and polls instead: ${message}`, { code: 'DBJOBQ_NO_WAKEUPS' })
  }
}
