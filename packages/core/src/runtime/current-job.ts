import { AsyncLocalStorage } from 'node:async_hooks'
import type { JobContext } from '../model/context.js'

const current = new AsyncLocalStorage<JobContext>()

/** The context of the job whose handler called this, however deep, also after an await; undefined outside of handlers. */
export function currentJob(): JobContext | undefined {
  return current.getStore()
}

export function asCurrentJob<T>(context: JobContext, run: () => T): T {
  return current.run(context, run)
}
