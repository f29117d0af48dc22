import { open, readFile, rename, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomUUID } from 'node:crypto'
import { hasCode, storageErrorOf } from './errors.js'
import { withLock } from './lock.js'
import { formatTables, parseTables, type Tables } from './tables.js'

/** The tables in their file: read by anybody at any time, changed by one at a time and as a whole. */
export class QueueFile {
  readonly #path: string
  readonly #callTimeout: number

  constructor(path: string, callTimeout: number) {
    this.#path = path
    this.#callTimeout = callTimeout
  }

  /** Needs no lock: a rename puts a whole file in the place of a whole file. */
  async read(): Promise<Tables> {
    try {
      return parseTables(await this.#readText())
    } catch (error) {
      throw storageErrorOf(error, this.#path, 'no')
    }
  }

  /** `work` changes the tables in memory; when it throws, nothing is written. */
  async change<T>(work: (tables: Tables) => T): Promise<T> {
    let applied: 'no' | 'unknown' = 'no'
    try {
      return await withLock(`${this.#path}.lock`, performance.now() + this.#callTimeout, async () => {
        const before = await this.#readText()
        const tables = parseTables(before)
        const answer = work(tables)
        const after = formatTables(tables)
        if (after === before) return answer
        await this.#prepare(after)
        applied = 'unknown'
        await this.#replace(after)
        return answer
      })
    } catch (error) {
      throw storageErrorOf(error, this.#path, applied)
    }
  }

  /** The clock of the file system, epoch ms: the same for all processes, also when the folder is on another machine. */
  async now(): Promise<number> {
    const path = `${this.#path}.${randomUUID()}.clock`
    try {
      const file = await open(path, 'wx')
      try {
        return Math.trunc((await file.stat()).mtimeMs)
      } finally {
        await file.close()
        await unlink(path)
      }
    } catch (error) {
      throw storageErrorOf(error, this.#path, 'no')
    }
  }

  async #readText(): Promise<string> {
    try {
      return await readFile(this.#path, 'utf8')
    } catch (error) {
      if (!hasCode(error, 'ENOENT')) throw error
      await stat(dirname(this.#path))
      return ''
    }
  }

  /** Only the holder of the lock writes this file, so one name is enough, and a crash leaves no second one. */
  async #prepare(text: string): Promise<void> {
    const file = await open(`${this.#path}.new`, 'w')
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #replace(text: string): Promise<void> {
    if (text === '') await Promise.all([unlink(this.#path), unlink(`${this.#path}.new`)])
    else await rename(`${this.#path}.new`, this.#path)
    const folder = await open(dirname(this.#path))
    try {
      await folder.sync()
    } finally {
      await folder.close()
    }
  }
}
