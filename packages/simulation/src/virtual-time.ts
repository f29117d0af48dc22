import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from '@dbjobq/storage-conformance/random'
import TinyQueue from 'tinyqueue'
import { nextRealTurn } from './install.js'

/** One thing that is to happen. What belongs to a process does not happen while it is frozen, nor once it is dead. */
export interface Happening {
  at: number
  /** Among those of the same moment: by chance, so that a seed is one of their orders. */
  order: number
  owner: Owner | undefined
  run: () => void
  isCancelled: boolean
}

export interface Owner {
  readonly isAlive: boolean
  /** Virtual ms; in the past while it is awake. */
  readonly frozenUntil: number
  /** Something of it is about to happen. */
  onStep?: (() => void) | undefined
}

/** The one clock of a simulated world and all that waits for it. A step is one happening and everything that follows from it at once. */
export class VirtualTime {
  /** Virtual ms since the world began. */
  now = 0
  steps = 0
  readonly #random: Random
  readonly #queue = new TinyQueue<Happening>([], (a, b) => a.at - b.at || a.order - b.order)
  readonly #context = new AsyncLocalStorage<Owner>()

  constructor(random: Random) {
    this.#random = random
  }

  /** Whose code runs now. */
  get owner(): Owner | undefined {
    return this.#context.getStore()
  }

  /** Runs `work` as code of that process: what it waits for belongs to it too. */
  as<T>(owner: Owner, work: () => T): T {
    return this.#context.run(owner, work)
  }

  after(ms: number, run: () => void, owner: Owner | undefined): Happening {
    const happening = { at: this.now + ms, order: this.#random.next(), owner, run, isCancelled: false }
    this.#queue.push(happening)
    return happening
  }

  sleep(ms: number, owner: Owner | undefined): Promise<void> {
    return new Promise((resolve) => {
      if (ms !== Number.POSITIVE_INFINITY) this.after(ms, resolve, owner)
    })
  }

  /** The next happening, and all that follows from it. False when nothing will ever happen again. */
  async step(): Promise<boolean> {
    const next = this.#take()
    if (!next) return false
    this.now = Math.max(this.now, next.at)
    this.steps++
    if (next.owner) this.#context.run(next.owner, next.run)
    else next.run()
    // All that follows without waiting is microtasks: they have run when the next turn of the real event loop begins.
    await new Promise((resolve) => nextRealTurn(resolve))
    return true
  }

  #take(): Happening | undefined {
    for (;;) {
      const next = this.#queue.pop()
      if (!next) return undefined
      if (next.isCancelled) continue
      if (next.owner && canHappen(next, next.owner)) next.owner.onStep?.()
      // What it did to itself just now counts.
      if (!next.owner || canHappen(next, next.owner)) return next
      if (next.owner.isAlive) this.#postpone(next, next.owner.frozenUntil)
    }
  }

  /** When a process wakes up all its timers are due, and run in their old order. */
  #postpone(happening: Happening, until: number): void {
    happening.order = happening.at
    happening.at = until
    this.#queue.push(happening)
  }
}

function canHappen({ at }: Happening, owner: Owner): boolean {
  return owner.isAlive && owner.frozenUntil <= at
}
