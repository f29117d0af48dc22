/** ms that a missing id is waited for: the insert that took it commits within, or never will. */
const gapWait = 3_000

/** Which pulses were heard. Ids are committed out of order, so below the newest one some may still come. */
export class PulseWindow {
  #position = 0
  /** Beyond the position: by id, when. */
  readonly #heard = new Map<number, number>()

  /** Where to read from, itself included: no pulse before it is waited for. */
  get position(): number {
    return this.#position
  }

  /** `ids`: of the newest pulses, the oldest first. They were sent before anybody listened. */
  begin(ids: number[], now: number): void {
    this.#heard.clear()
    this.#position = ids[0] ?? 0
    for (const id of ids.slice(1)) this.#heard.set(id, now)
    this.advance(now)
  }

  /** False: it was heard before. */
  hear(id: number, now: number): boolean {
    if (id <= this.#position || this.#heard.has(id)) return false
    this.#heard.set(id, now)
    return true
  }

  /** Forgets what no read can bring again. */
  advance(now: number): void {
    for (const [id, at] of [...this.#heard].toSorted(([one], [other]) => one - other)) {
      if (id !== this.#position + 1 && now - at < gapWait) return
      this.#heard.delete(id)
      this.#position = id
    }
  }
}
