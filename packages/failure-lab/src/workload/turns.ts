import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'

/** Tells all processes whether a job has begun before, and whether it has begun again: not through the queue, which is what is looked at. */
export class Turns {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** True for the first of all runs of this job. */
  take(id: string): boolean {
    try {
      closeSync(openSync(this.#path(id, 'first'), 'wx'))
      return true
    } catch {
      closeSync(openSync(this.#path(id, 'again'), 'a'))
      return false
    }
  }

  /** It has begun again. */
  isTaken(id: string): boolean {
    return existsSync(this.#path(id, 'again'))
  }

  #path(id: string, turn: string): string {
    return join(this.#folder, `${id}.${turn}`)
  }
}
