import { DbjobqError } from '@dbjobq/core/storage'

export const defaultCallTimeout = 15_000
const longestTimer = 2 ** 31 - 1

/**
 * Refuses by name what is not in `known`; options given as `undefined` count as left out.
 * @throws DbjobqError INVALID_OPTION
 */
export function checkOptionNames(owner: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null) {
    throw new DbjobqError('INVALID_OPTION', `${owner} takes an object of options, not ${options === null ? 'null' : typeof options}.`)
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new DbjobqError('INVALID_OPTION', `${owner} has no option "${name}". It knows: ${known.join(', ')}.`)
    }
  }
}

/**
 * @throws DbjobqError INVALID_OPTION unless it is 1 to 2,147,483,647 ms
 */
export function checkCallTimeout(callTimeout: unknown = defaultCallTimeout): number {
  if (!Number.isInteger(callTimeout) || (callTimeout as number) < 1 || (callTimeout as number) > longestTimer) {
    throw new DbjobqError('INVALID_OPTION', `callTimeout must be 1 to ${longestTimer} ms, a whole number, not ${String(callTimeout)}.`)
  }
  return callTimeout as number
}
