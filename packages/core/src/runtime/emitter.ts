/** A typed emitter. A listener that throws is told as a process warning and harms nothing else. */
export class Emitter<Map> {
  readonly #listeners = new globalThis.Map<keyof Map, Set<(event: never) => void>>()

  /** Answers the function that takes the listener away. */
  on<Name extends keyof Map>(name: Name, listener: (event: Map[Name]) => void): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => listeners.delete(listener)
  }

  has(name: keyof Map): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0
  }

  emit<Name extends keyof Map>(name: Name, event: Map[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) {
      try {
        ;(listener as (event: Map[Name]) => void)(event)
      } catch (error) {
        process.emitWarning(`A listener of ${String(name)} threw: ${String(error)}`, { code: 'DBJOBQ_LISTENER' })
      }
    }
  }
}
