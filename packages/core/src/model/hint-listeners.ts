/** Those who listen for hints on one storage: the bookkeeping of `Wakeups.listen` that does not depend on the store. */
export class HintListeners {
  readonly #listeners = new Set<{ onHint: (hint: string) => void }>()

  get size(): number {
    return this.#listeners.size
  }

  /** Answers what ends it. The same function added twice is heard twice, and each is ended for itself. */
  add(onHint: (hint: string) => void): () => void {
    const listener = { onHint }
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }

  tell(hint: string): void {
    for (const listener of [...this.#listeners]) {
      // One told before may have ended it.
      if (!this.#listeners.has(listener)) continue
      try {
        listener.onHint(hint)
      } catch {
        // A listener must not throw; where one does, the others hear the hint nevertheless, and the store goes on.
      }
    }
  }

  clear(): void {
    this.#listeners.clear()
  }
}
