import { decode, encode } from '../../model/codec.js'
import type { JobDefinition } from '../../model/definition.js'
import { DbjobqError } from '../../model/errors.js'
import { decodePolicy } from '../../model/policy.js'
import { validate } from '../../model/schema.js'
import type { JobRow } from '../../model/storage.js'
import { dataOf } from '../queue/draft.js'

/** Its data was made for a newer definition than this process has: a rolling deploy. */
export function isNewer(definition: JobDefinition, { options }: JobRow): boolean {
  return decodePolicy(options).version > definition.policy.version
}

/**
 * What the handler gets: the stored data, lifted to the version of the definition, and validated.
 * @throws DbjobqError `INVALID_PAYLOAD` when what is stored cannot be read, `VALIDATION_FAILED`, and whatever `migrate` throws
 */
export function readData(definition: JobDefinition, { data, options, progress }: JobRow): Promise<unknown> {
  const stored = readStored(data)
  if (options !== '{}') readStored(options)
  if (progress !== null) readStored(progress)
  const { version } = decodePolicy(options)
  const lifted = definition.migrate && version < definition.policy.version ? definition.migrate(stored, version) : stored
  return validate(definition.data, lifted, dataOf(definition))
}

function readStored(text: string): unknown {
  try {
    return decode(text)
  } catch (cause) {
    throw new DbjobqError('INVALID_PAYLOAD', 'What is stored of this job is no JSON, so it cannot be run.', { cause })
  }
}

/** @throws DbjobqError `VALIDATION_FAILED`, `INVALID_PAYLOAD`, `PAYLOAD_TOO_LARGE` */
export async function encodeResult({ type, resultSchema }: JobDefinition, result: unknown): Promise<string | null> {
  const valid = resultSchema ? await validate(resultSchema, result, `The result of ${type}`) : result
  return valid === undefined ? null : encode(valid, `the result of ${type}`)
}
