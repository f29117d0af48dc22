import { longestTimer } from '../../model/duration.js'
import type { HeldJob } from './held-job.js'

/** How long a job of which one attempt was lost runs before the next one may begin, ms. */
const firstTrial = 60_000
const trialFactor = 10

/**
 * Jobs that were lost with their worker begin one after another, so that one that takes the next worker down, too, takes no other along.
 * But none waits for hours for one that runs for hours: a turn is over when its job is settled, or has run for a minute, for ten if two
 * of its attempts were lost, for a hundred if three (60 s · 10^(lost − 1)). So when a job kills its process a time d after it began, its
 * crashes after the first are charged to those that run with care beside it not at all up to d = 1 min, once up to 10, twice up to 100.
 */
export class Turns {
  /** Resolves when the last turn given is over, and all before it. */
  #last: Promise<unknown> = Promise.resolve()

  /** Calls `run` when it is the turn of `held`, of which so many attempts were lost, or at once when it is aborted; `run` calls `begins` when its handler does. */
  async take<Result>(held: HeldJob, lost: number, run: (begins: () => void) => Promise<Result>): Promise<Result> {
    const before = this.#last
    const over = Promise.withResolvers<undefined>()
    this.#last = before.then(() => over.promise)
    await Promise.race([before, new Promise<void>((resolve) => held.whenAborted(resolve))])
    let trial: NodeJS.Timeout | undefined
    const begins = () => {
      trial = setTimeout(() => over.resolve(undefined), Math.min(firstTrial * trialFactor ** (lost - 1), longestTimer))
      trial.unref()
    }
    try {
      return await run(begins)
    } finally {
      void held.whenGone().then(() => {
        clearTimeout(trial)
        over.resolve(undefined)
      })
    }
  }
}
