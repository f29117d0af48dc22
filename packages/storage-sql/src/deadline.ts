import { StorageError } from '@dbjobq/core/storage'

/**
 * Rejects with TIMEOUT after `callTimeout` ms; what `call` answers later is dropped. `signal` is aborted then: `call` should stop
 * what still runs and free its connection.
 */
export async function withDeadline<T>(callTimeout: number, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const deadline = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    const message = `The database did not answer within ${callTimeout} ms (callTimeout). Whether the call took effect is not known.`
    const error = new StorageError('TIMEOUT', message, { retryable: true, applied: 'unknown' })
    deadline.reject(error)
    controller.abort(error)
  }, callTimeout)
  try {
    return await Promise.race([call(controller.signal), deadline.promise])
  } finally {
    clearTimeout(timer)
  }
}
