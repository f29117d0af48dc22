import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** Worker processes of the example; one of each form at least. */
export class Workers {
  /** How often the provider was asked, by job. */
  readonly asked = new Map<string, number>()
  readonly #children: ChildProcess[] = []
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, ...env }
  }

  async start(form: 'own' | 'storage'): Promise<void> {
    const path = fileURLToPath(new URL('../dist/worker.js', import.meta.url))
    const child = spawn(process.execPath, [path], { env: { ...this.#env, FORM: form }, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.push(child)
    const lines = createInterface(child.stdout).on('line', (line) => {
      const [word, id] = line.split(' ')
      if (word === 'asked' && id) this.asked.set(id, (this.asked.get(id) ?? 0) + 1)
    })
    await Promise.race([once(lines, 'line'), failed(child)])
  }

  /** The worker that has run longest dies at once, as by a power cut. */
  async kill(): Promise<void> {
    const child = this.#children.shift()
    if (child) await end(child, 'SIGKILL')
  }

  async stop(): Promise<(number | null)[]> {
    return Promise.all(this.#children.splice(0).map((child) => end(child, 'SIGTERM')))
  }
}

async function end(child: ChildProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<number | null> {
  child.kill(signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
  return child.exitCode
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null]
  throw new Error(`the worker ended with code ${String(code)} before it was ready`)
}
