import { anythingChanged, HintListeners, type Wakeups } from '@dbjobq/core/storage'
import { ChangeWatch } from './change-watch.js'
import { closed } from './errors.js'

interface FileWakeupsOptions {
  filename: string
  /** Opens the connection whose own commits are not told, if it is not open. @throws StorageError */
  version: () => Promise<() => number>
}

/** The file itself says that something was written: other processes hear it without a word. */
export class FileWakeups implements Wakeups {
  readonly #options: FileWakeupsOptions
  readonly #listeners = new HintListeners()
  #watch: ChangeWatch | undefined
  #isClosed = false

  constructor(options: FileWakeupsOptions) {
    this.#options = options
  }

  /** For who shares this connection, which does not see its own commits. */
  async send(hints: string[]): Promise<void> {
    await Promise.resolve()
    if (this.#isClosed) throw closed()
    for (const hint of hints) this.#listeners.tell(hint)
  }

  async listen(onHint: (hint: string) => void): Promise<() => Promise<void>> {
    const version = await this.#options.version()
    if (this.#isClosed) throw closed()
    const end = this.#listeners.add(onHint)
    this.#watch ??= new ChangeWatch({ filename: this.#options.filename, version, onChange: () => this.#onChange() })
    return () => {
      end()
      if (this.#listeners.size === 0) this.#stop()
      return Promise.resolve()
    }
  }

  close(): void {
    this.#isClosed = true
    this.#listeners.clear()
    this.#stop()
  }

  #onChange(): void {
    this.#listeners.tell(anythingChanged)
  }

  #stop(): void {
    this.#watch?.stop()
    this.#watch = undefined
  }
}
