/** Between two lines where lines cannot be replaced, ms. */
const linesEvery = 500

/** Tells on stderr how far it is: on a terminal in one line that changes, elsewhere line by line. stdout is for the report. */
export class Progress {
  readonly #stream = process.stderr
  #last = ''
  #lastAt = 0

  show(text: string): void {
    if (text === this.#last) return
    if (this.#stream.isTTY) {
      this.#stream.cursorTo(0)
      this.#stream.write(text)
      this.#stream.clearLine(1)
    } else {
      if (performance.now() - this.#lastAt < linesEvery) return
      this.#stream.write(`${text}\n`)
    }
    this.#last = text
    this.#lastAt = performance.now()
  }

  /** A line that stays. */
  say(text: string): void {
    this.clear()
    this.#stream.write(`${text}\n`)
  }

  clear(): void {
    if (!this.#stream.isTTY || this.#last === '') return
    this.#stream.cursorTo(0)
    this.#stream.clearLine(1)
    this.#last = ''
  }
}
