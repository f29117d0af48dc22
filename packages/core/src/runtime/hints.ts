/** What happens in this process and concerns its workers at once; other processes learn it by polling. */
export type Hint =
  | { kind: 'runnable'; queue: string; runAt: number }
  | { kind: 'cancel'; id: string }
  | { kind: 'paused'; queue: string }
  /** By `tellEnd` only. */
  | { kind: 'ended'; id: string }

export class Hints {
  readonly #listeners = new Set<(hint: Hint) => void>()
  #endsAwaited = 0

  listen(listener: (hint: Hint) => void): () => boolean {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** For those who wait for the end of jobs. */
  listenForEnds(listener: (id: string) => void): () => void {
    this.#endsAwaited++
    const stop = this.listen((hint) => {
      if (hint.kind === 'ended') listener(hint.id)
    })
    return () => {
      if (stop()) this.#endsAwaited--
    }
  }

  /** A job has come to its end. Costs nothing while nobody waits. */
  tellEnd(id: string): void {
    if (this.#endsAwaited > 0) this.send({ kind: 'ended', id })
  }

  send(hint: Hint): void {
    for (const listener of this.#listeners) listener(hint)
  }
}
