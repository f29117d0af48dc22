/** What happens in this process and concerns its workers at once; other processes learn it by polling. */
export type Hint = { kind: 'runnable'; queue: string; runAt: number } | { kind: 'cancel'; id: string } | { kind: 'schedule' }

export class Hints {
  readonly #listeners = new Set<(hint: Hint) => void>()

  listen(listener: (hint: Hint) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  send(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint)
  }
}
