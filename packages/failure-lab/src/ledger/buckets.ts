import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const bufferSize = 262_144

/** Lines by job, so many jobs a file that one file fits into memory: an audit of a million jobs looks at a part at a time. */
export class Buckets<L extends { id: string }> {
  readonly #folder: string
  readonly #buffers: string[]

  constructor(folder: string, count: number) {
    this.#folder = folder
    this.#buffers = Array.from({ length: count }, () => '')
    mkdirSync(folder, { recursive: true })
  }

  put(line: L): void {
    // The end of a UUIDv7 is random.
    const index = Number.parseInt(line.id.slice(-6), 16) % this.#buffers.length
    const text = `${this.#buffers[index] ?? ''}${JSON.stringify(line)}\n`
    this.#buffers[index] = text.length < bufferSize ? text : ''
    if (text.length >= bufferSize) this.#flush(index, text)
  }

  /** Each in the order in which its lines were put. */
  *read(): Generator<L[]> {
    for (const [index, buffer] of this.#buffers.entries()) {
      this.#flush(index, buffer)
      this.#buffers[index] = ''
      const path = this.#path(index)
      if (!existsSync(path)) continue
      yield readFileSync(path, 'utf8')
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as L)
    }
  }

  #flush(index: number, text: string): void {
    if (text !== '') appendFileSync(this.#path(index), text)
  }

  #path(index: number): string {
    return join(this.#folder, String(index))
  }
}
