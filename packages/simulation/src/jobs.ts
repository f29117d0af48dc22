import { defineJob, handle, PermanentError, Snooze, typed, type BoundJob, type JobContext } from '@dbjobq/core'
import type { Random } from '@dbjobq/storage-conformance/random'
import type { Ledger } from './ledger.js'
import { rest } from './rest.js'
import type { SimProcess } from './sim-process.js'
import type { VirtualTime } from './virtual-time.js'

export const harmless = ['quick', 'quick', 'slow', 'deaf', 'flaky', 'failing', 'snoozing', 'parent', 'steps'] as const
/** With those that take their process along. */
export const kinds = [...harmless, 'blocking', 'exiting'] as const
export interface Act {
  kind: (typeof kinds)[number]
  n: number
}

export const maxRetries = 3
const policy = {
  maxRetries,
  backoff: { type: 'exponential', delay: '500ms', max: '5s' },
  retention: { completed: '10m', failed: '10m', cancelled: '10m' },
} as const

export const act = defineJob({ type: 'act', data: typed<Act>(), result: typed<{ n: number }>(), ...policy, timeout: '8s' })
/** Only newer code knows it. */
export const later = defineJob({ type: 'later', data: typed<Act>(), result: typed<{ n: number }>(), ...policy })
export const tick = defineJob({ type: 'tick', data: typed<Record<string, never>>(), ...policy })

interface HandlersOptions {
  process: SimProcess
  time: VirtualTime
  random: Random
  ledger: Ledger
  /** Called as a handler begins. */
  onBegin: (context: JobContext) => void
  /** Ends the process at once, as `process.exit` does. */
  exit: (process: SimProcess) => void
}

/** The handlers as this process has them. */
export function handlersOf(options: HandlersOptions): [BoundJob, ...BoundJob[]] {
  const acts: [BoundJob, ...BoundJob[]] = [
    handle(act, (data, context) => recorded(options, context, () => perform(options, data, context))),
    handle(tick, (_, context) =>
      recorded(options, context, () => {
        if (context.schedule) options.ledger.tick(context.schedule.id, context.schedule.tick, context.id)
        return Promise.resolve()
      }),
    ),
  ]
  if (options.process.version === 2)
    acts.push(handle(later, (data, context) => recorded(options, context, () => perform(options, data, context))))
  return acts
}

async function recorded<T>({ process, time, ledger, onBegin }: HandlersOptions, context: JobContext, work: () => Promise<T>): Promise<T> {
  onBegin(context)
  const { id: jobId, attempt, signal } = context
  const run = ledger.begin({ jobId, attempt, process, signal, beganAt: time.now })
  try {
    const result = await work()
    run.ended = 'well'
    return result
  } catch (error) {
    run.ended = 'badly'
    throw error
  } finally {
    run.endedAt = time.now
  }
}

async function perform(
  { process, time, random, exit }: HandlersOptions,
  { kind, n }: Act,
  context: JobContext<{ n: number }>,
): Promise<{ n: number }> {
  switch (kind) {
    case 'quick':
      await rest(random.next() * 200)
      break
    case 'slow':
      await rest(random.next() * 12_000, context.signal)
      break
    case 'deaf':
      await rest(random.next() * 12_000)
      break
    case 'flaky':
      await rest(20)
      if (context.attempt <= n % 4) throw new Error('flaky')
      break
    case 'failing':
      throw new PermanentError('never')
    case 'snoozing':
      if (context.lastProgress === null) {
        await context.progress('snoozed')
        throw new Snooze('3s')
      }
      break
    case 'parent':
      for (let child = 0; child < n % 4; child++) await context.enqueue(act, { kind: 'quick', n: child })
      await rest(random.next() * 100)
      break
    case 'steps':
      for (let step = 0; step < n % 5; step++) {
        await context.progress(step)
        await rest(random.next() * 500, context.signal)
      }
      break
    case 'blocking':
      process.freeze(time.now + random.next() * 8_000)
      await rest(1)
      break
    case 'exiting':
      await rest(random.next() * 50)
      if (context.attempt <= n % 3) {
        exit(process)
        await new Promise(() => undefined)
      }
  }
  return { n }
}
