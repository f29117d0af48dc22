import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The programs of the example, as a user starts them; `stop` is what their platform does: SIGTERM. */
export class Processes implements AsyncDisposable {
  readonly #children: ChildProcess[] = []
  readonly #env: NodeJS.ProcessEnv

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, ...env }
  }

  /** Answers its first line, which says that it is ready. */
  async start(program: 'server' | 'worker'): Promise<string> {
    const path = fileURLToPath(new URL(`../dist/${program}.js`, import.meta.url))
    const child = spawn(process.execPath, [path], { env: this.#env, stdio: ['ignore', 'pipe', 'inherit'] })
    this.#children.push(child)
    const [line] = (await Promise.race([once(createInterface(child.stdout), 'line'), failed(child)])) as [string]
    return line
  }

  /** The exit codes of all. */
  async stop(): Promise<(number | null)[]> {
    return Promise.all(
      this.#children.splice(0).map(async (child) => {
        child.kill('SIGTERM')
        if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
        return child.exitCode
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

async function failed(child: ChildProcess): Promise<never> {
  const [code] = (await once(child, 'exit')) as [number | null]
  throw new Error(`the program ended with code ${String(code)} before it was ready`)
}
