/** What happens in this process and concerns its workers at once; other processes learn it by polling. */
export type Hint =
  | { kind: 'runnable'; queue: string; runAt: number }
  | { kind: 'cancel'; id: string }
  | { kind: 'paused'; queue: string }
  /** Only worth sending while `isEndAwaited`. */
  | { kind: 'ended'; id: string }

export class Hints {
  readonly #listeners = new Set<(hint: Hint) => void>()
  #endsAwaited = 0

  listen(listener: (hint: Hint) => void): () => boolean {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For those who wait for the end of jobs; workers need not tell it while nobody does. */
  listenForEnds(listener: (id: string) => void): () => void {
    this.#endsAwaited++
    const stop = this.listen((hint) => {
      if (hint.kind === 'ended') listener(hint.id)
    })
    return () => {
      if (stop()) this.#endsAwaited--
    }
  }

  get isEndAwaited(): boolean {
    return this.#endsAwaited > 0
  }

  send(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint)
  }
}
