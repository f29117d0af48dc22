import { openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { Line } from './line.js'

type Unsigned<L> = L extends unknown ? Omit<L, 'by' | 'at'> : never

/** What one process saw, outside of the queue. Each line is with the system before the next thing happens, so SIGKILL loses none. */
export class LedgerFile {
  readonly #file: number
  readonly #by: string
  #runs = 0

  /** `by`: the name of the process, unique in the folder. */
  constructor(folder: string, by: string) {
    this.#file = openSync(join(folder, `${by}.ndjson`), 'a')
    this.#by = by
  }

  write(...lines: Unsigned<Line>[]): void {
    this.writeOf(this.#by, ...lines)
  }

  /** Of another process, which cannot tell it itself. */
  writeOf(by: string, ...lines: Unsigned<Line>[]): void {
    const at = Date.now()
    writeSync(this.#file, lines.map((line) => `${JSON.stringify({ ...line, by, at })}\n`).join(''))
  }

  nextRun(): string {
    return `${this.#by}#${++this.#runs}`
  }
}
