import type { StandardSchemaV1 } from '@standard-schema/spec'
import { DbjobqError } from './errors.js'

/** Of what `typed` makes: it checks nothing. */
export const typedVendor = 'dbjobq'

export function isTyped(schema: { readonly '~standard': { readonly vendor: string } }): boolean {
  return schema['~standard'].vendor === typedVendor
}

interface Validating<Output> {
  readonly '~standard': Pick<StandardSchemaV1.Props<never, Output>, 'validate'>
}

/**
 * The schema's output for `value`; `what` names it in the error.
 * @throws DbjobqError `VALIDATION_FAILED` with the schema's issues
 */
export async function validate<Output>(schema: Validating<Output>, value: unknown, what: string): Promise<Output> {
  const answer = schema['~standard'].validate(value)
  return outputOf('then' in answer ? await answer : answer, what)
}

/**
 * The same at once.
 * @throws DbjobqError also `UNSUPPORTED` for a schema that answers later
 */
export function validateSync<Output>(schema: Validating<Output>, value: unknown, what: string): Output {
  const answer = schema['~standard'].validate(value)
  if (!('then' in answer)) return outputOf(answer, what)
  // Nobody waits for it, so nobody must be told that it failed.
  answer.then(undefined, () => undefined)
  throw new DbjobqError(
    'UNSUPPORTED',
    `${what} has an asynchronous schema, which a synchronous call cannot await. Use enqueue, without or with a transaction that can wait.`,
  )
}

function outputOf<Output>(result: StandardSchemaV1.Result<Output>, what: string): Output {
  if (!result.issues) return result.value
  const issues = result.issues.map(({ path = [], message }) => {
    const where = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
    return where ? `${where}: ${message}` : message
  })
  throw new DbjobqError('VALIDATION_FAILED', `${what} does not fit its schema: ${issues.join('; ')}.`)
}
