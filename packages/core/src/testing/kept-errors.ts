import type { BoundJob } from '../model/definition.js'
import { DbjobqError, type ErrorCode } from '../model/errors.js'
import type { Failure } from '../model/failure.js'
import type { Ending } from '../model/outcome.js'
import type { HeldJob } from '../runtime/worker/held-job.js'

/** What handlers threw, as it was: a store keeps only its text. */
export class KeptErrors {
  readonly #thrown = new Map<string, { error: unknown }>()

  /** The same job, with what it throws kept. */
  watch({ definition, run }: BoundJob): BoundJob {
    return {
      definition,
      run: async (data, context) => {
        this.#thrown.delete(context.id)
        try {
          return await run(data, context)
        } catch (error) {
          this.#thrown.set(context.id, { error })
          throw error
        }
      },
    }
  }

  /** Why a run failed; undefined when it did not. */
  errorOf(held: HeldJob, ending: Ending | undefined): unknown {
    const kept = this.#thrown.get(held.row.id)
    this.#thrown.delete(held.row.id)
    if (ending && ending.kind !== 'threw' && ending.kind !== 'permanent') return undefined
    if (held.reason) return held.reason
    return kept ? kept.error : ending && toError(ending.failure)
  }
}

/** For what was thrown around the handler: data or a result that does not fit. */
function toError({ name, message, code }: Failure): Error {
  return code === undefined ? Object.assign(new Error(message), { name }) : new DbjobqError(code as ErrorCode, message)
}
