import { encode } from '../../model/codec.js'
import type { JobDefinition } from '../../model/definition.js'
import { checkEnqueueOptions, runAtOf, type EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import { encodePolicy, type Policy } from '../../model/policy.js'
import { aPriority } from '../../model/priority.js'
import { validate, validateSync } from '../../model/schema.js'
import type { NewJob } from '../../model/storage.js'
import { uniquenessOf, type Uniqueness } from '../../model/unique.js'
import { unlessAborted } from './unless-aborted.js'

/** A job whose data and options are checked and encoded, before it has a time and an id. */
export interface Draft {
  definition: JobDefinition
  options: EnqueueOptions<unknown>
  data: string
  priority: number
  unique: Uniqueness | null
  policy: Policy
}

/** @throws DbjobqError for whatever is wrong, and the reason of an aborted signal; nothing is written by then */
export async function draft<Input>(
  where: string,
  definition: JobDefinition<Input>,
  data: Input,
  options: EnqueueOptions<unknown, Input>,
): Promise<Draft> {
  const text = begin(where, definition, data, options)
  await unlessAborted(validate(definition.data, data, dataOf(definition)), options.signal)
  return finish(where, definition, data, text, options)
}

/** The same at once. */
export function draftSync<Input>(
  where: string,
  definition: JobDefinition<Input>,
  data: Input,
  options: EnqueueOptions<unknown, Input>,
): Draft {
  const text = begin(where, definition, data, options)
  validateSync(definition.data, data, dataOf(definition))
  return finish(where, definition, data, text, options)
}

/** `now`: the time of the store, epoch ms. */
export function toNewJob({ definition, options, data, priority, unique, policy }: Draft, id: string, now: number): NewJob {
  const runAt = runAtOf(options, now)
  const stored = unique ? { ...policy, key: unique.key, keyEnd: unique.window === null ? null : now + unique.window } : policy
  return {
    id,
    queue: options.queue ?? definition.queue,
    type: definition.type,
    groupKey: options.groupKey ?? null,
    priority,
    status: runAt > now ? 'scheduled' : 'pending',
    runAt,
    uniqueKey: unique?.key ?? null,
    keyUntil: unique?.until ?? 'settlement',
    data,
    options: encodePolicy(stored),
  }
}

/** As it appears in errors. */
export function dataOf({ type }: { readonly type: string }): string {
  return `The data of ${type}`
}

function begin<Input>(where: string, definition: JobDefinition<Input>, data: Input, options: EnqueueOptions<unknown, Input>): string {
  refuseOther(where, definition)
  checkEnqueueOptions(where, options)
  return encode(data, `${where}: data`)
}

/** What the definition's own functions make of the data: it is valid by now. */
function finish<Input>(
  where: string,
  definition: JobDefinition<Input>,
  data: Input,
  text: string,
  options: EnqueueOptions<unknown, Input>,
): Draft {
  const { maxRetries = definition.policy.maxRetries, priority = definition.priority, unique = definition.unique } = options
  const uniqueness = unique ? uniquenessOf(where, definition.type, unique, data) : null
  if (uniqueness?.onConflict === 'debounce' && options.delay === undefined && options.runAt === undefined) {
    throw new DbjobqError('INVALID_OPTION', `${where}: onConflict 'debounce' puts the run off, so it needs a delay or a runAt.`)
  }
  const { policy } = definition
  return {
    definition,
    options: options,
    data: text,
    priority: typeof priority === 'function' ? priorityOf(where, priority, data) : priority,
    unique: uniqueness,
    policy: maxRetries === policy.maxRetries ? policy : { ...policy, maxRetries },
  }
}

function priorityOf(where: string, priority: (data: never) => number, data: unknown): number {
  const answer = priority(data as never)
  aPriority(answer, `${where}: priority(data)`)
  return answer
}

function refuseOther(where: string, definition: unknown): void {
  if (typeof definition !== 'object' || definition === null || !('policy' in definition)) {
    throw new DbjobqError('INVALID_OPTION', `${where}: the first argument must be a job made by defineJob.`)
  }
}
