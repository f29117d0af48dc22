import { defineJob, typed } from '@dbjobq/core'

/** A job that most cases about the worker run: quick to retry. */
export const step = defineJob({
  type: 'step',
  data: typed<{ n: number }>(),
  result: typed<{ n: number }>(),
  backoff: { type: 'fixed', delay: 10 },
})
