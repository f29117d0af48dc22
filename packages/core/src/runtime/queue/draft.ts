import { encode } from '../../model/codec.js'
import { validate, type JobDefinition } from '../../model/definition.js'
import { checkEnqueueOptions, runAtOf, type EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import { encodePolicy } from '../../model/policy.js'
import type { NewJob } from '../../model/storage.js'
import { storedKey } from '../../model/unique.js'

/** A job whose data and options are checked and encoded, before it has a time and an id. */
export interface Draft {
  definition: JobDefinition
  options: EnqueueOptions<unknown>
  data: string
  policy: string
}

/** @throws DbjobqError for whatever is wrong; nothing is written by then */
export async function draft<Input>(
  where: string,
  definition: JobDefinition<Input>,
  data: Input,
  options: EnqueueOptions<unknown>,
): Promise<Draft> {
  refuseOther(where, definition)
  checkEnqueueOptions(where, options)
  const text = encode(data, `${where}: data`)
  await validate(definition, data)
  const { maxRetries = definition.policy.maxRetries, unique } = options
  const plain = maxRetries === definition.policy.maxRetries && unique === undefined
  const policy = plain
    ? definition.policy
    : { ...definition.policy, maxRetries, key: unique ? storedKey(definition.type, unique.key) : null }
  return { definition: definition, options, data: text, policy: encodePolicy(policy) }
}

/** `now`: the time of the store, epoch ms. */
export function toNewJob({ definition, options, data, policy }: Draft, id: string, now: number): NewJob {
  const runAt = runAtOf(options, now)
  return {
    id,
    queue: options.queue ?? definition.queue,
    type: definition.type,
    groupKey: options.groupKey ?? null,
    priority: options.priority ?? definition.priority,
    status: runAt > now ? 'scheduled' : 'pending',
    runAt,
    uniqueKey: options.unique ? storedKey(definition.type, options.unique.key) : null,
    keyUntil: options.unique?.until === 'started' ? 'claim' : 'settlement',
    data,
    options: policy,
  }
}

function refuseOther(where: string, definition: unknown): void {
  if (typeof definition !== 'object' || definition === null || !('policy' in definition)) {
    throw new DbjobqError('INVALID_OPTION', `${where}: the first argument must be a job made by defineJob.`)
  }
}
