import { defineJob, typed } from '@dbjobq/core'

export const queueName = 'failure-lab'

/** What every handler of the lab returns. */
export interface RunResult {
  run: string
}

/** Kept for ever, so that the audit finds all of them; retried so often that no cruelty uses the retries up. */
const lasting = {
  queue: queueName,
  retention: { completed: false, cancelled: false, failed: false },
  maxRetries: 100,
  backoff: { type: 'fixed', delay: 100 },
  result: typed<RunResult>(),
} as const

/** Before all that is waiting. */
const urgent = { ...lasting, priority: 100 } as const

export const quick = defineJob({ ...lasting, type: 'quick', data: typed<{ note: string }>() })
/** Takes `ms`. */
export const slow = defineJob({ ...lasting, type: 'slow', data: typed<{ ms: number }>() })
/** Fails in its first `failures` attempts. */
export const flaky = defineJob({ ...lasting, type: 'flaky', data: typed<{ failures: number }>() })
export const failing = defineJob({ ...lasting, type: 'failing', maxRetries: 1, data: typed<{ note: string }>() })
/** Puts itself back once, for `ms`. */
export const snoozing = defineJob({ ...lasting, type: 'snoozing', data: typed<{ ms: number }>() })
/** Has two follow-ups, which name it. */
export const parent = defineJob({ ...lasting, type: 'parent', data: typed<{ note: string }>() })
export const followUp = defineJob({ ...lasting, type: 'follow-up', data: typed<{ parent: string }>() })
export const keyed = defineJob({ ...lasting, type: 'keyed', data: typed<{ key: string }>(), unique: { by: ['key'] } })
/** Of the schedule. */
export const tick = defineJob({ ...lasting, type: 'tick', data: typed<{ note: string }>() })

/** Runs for `ms` the first time, so that something can be done to its worker meanwhile. So do the next two. */
export const target = defineJob({ ...urgent, type: 'target', data: typed<{ ms: number }>() })
/** Blocks the event loop until it runs elsewhere, at most for `ms`. */
export const blocks = defineJob({ ...urgent, type: 'blocks', data: typed<{ ms: number }>() })
/** Goes on although its signal was aborted, until it runs elsewhere, at most for `ms`. */
export const deaf = defineJob({ ...urgent, type: 'deaf', timeout: 500, data: typed<{ ms: number }>() })
/** Ends its process, always. */
export const exits = defineJob({ ...urgent, type: 'exits', maxRetries: 0, data: typed<{ note: string }>() })
/** Takes memory until its process is ended, always. */
export const hoards = defineJob({ ...urgent, type: 'hoards', maxRetries: 0, data: typed<{ note: string }>() })

interface Expected {
  ends: 'completed' | 'failed'
  followUps: number
}

const expectations: Record<string, Partial<Expected>> = {
  failing: { ends: 'failed' },
  exits: { ends: 'failed' },
  hoards: { ends: 'failed' },
  parent: { followUps: 2 },
}

/** How a job of that type must end, unless it is cancelled. */
export function expectedOf(type: string): Expected {
  return { ends: 'completed', followUps: 0, ...expectations[type] }
}
