/** A typed emitter. A listener that throws, or rejects, is told as a process warning and harms nothing else. */
export class Emitter<Map> {
  readonly #listeners = new globalThis.Map<keyof Map, Set<(event: never) => unknown>>()

  /** Answers the function that takes the listener away. */
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => unknown): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  has(name: keyof Map): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      callSafely(`A listener of ${String(name)}`, () => (listener as (event: Map[Name]) => unknown)(event))
    }
  }
}

/** Runs code of the user's whose failure is not ours: it becomes a process warning. */
export function callSafely(who: string, call: () => unknown): void {
  const warn = (error: unknown): void => process.emitWarning(`${who} threw: ${String(error)}`, { code: 'DBJOBQ_LISTENER' })
  try {
    const answer = call()
    if (answer instanceof Promise) answer.catch(warn)
  } catch (error) {
    warn(error)
  }
}
