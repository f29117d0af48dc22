import { anythingChanged, type Wakeups } from '@dbjobq/core/storage'
import { ChangeWatch } from './change-watch.js'

interface FileWakeupsOptions {
  filename: string
  /** Opens the connection whose own commits are not told, if it is not open. @throws StorageError */
  version: () => Promise<() => number>
}

/** The file itself says that something was written: other processes hear it without a word. */
export class FileWakeups implements Wakeups {
  readonly #options: FileWakeupsOptions
  readonly #listeners = new Set<{ hear: (hint: string) => void }>()
  #watch: ChangeWatch | undefined
  #isClosed = false

  constructor(options: FileWakeupsOptions) {
    this.#options = options
  }

  /** For who shares this connection, which does not see its own commits. */
  send(hints: string[]): Promise<void> {
    for (const { hear } of this.#listeners) hints.forEach(hear)
    return Promise.resolve()
  }

  async listen(onHint: (hint: string) => void): Promise<() => Promise<void>> {
    const version = await this.#options.version()
    const listener = {
      hear: (hint: string) => {
        onHint(hint)
      },
    }
    this.#listeners.add(listener)
    if (!this.#isClosed) this.#watch ??= new ChangeWatch({ filename: this.#options.filename, version, onChange: () => this.#onChange() })
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#stop()
      return Promise.resolve()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#stop()
  }

  #onChange(): void {
    for (const { hear } of this.#listeners) hear(anythingChanged)
  }

  #stop(): void {
    this.#watch?.stop()
    this.#watch = undefined
  }
}
