import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JobQueue } from '@dbjobq/core'
import { openStorage } from '../src/database.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))

export interface Ending {
  code: number | null
  signal: NodeJS.Signals | null
  /** The report. */
  stdout: string
  /** All else. */
  stderr: string
}

/** Runs the built program. `when` it has said something that fits, it is sent `signal`. */
export async function run(args: string[], interruption?: { when: RegExp; signal: NodeJS.Signals }): Promise<Ending> {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let isSent = false
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
    if (!interruption || isSent || !interruption.when.test(stderr)) return
    isSent = true
    child.kill(interruption.signal)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** A database, or tables, of its own; and a folder to check. */
export class Workplace implements AsyncDisposable {
  readonly #folder = realpathSync(mkdtempSync(join(tmpdir(), 'link-checker-')))
  readonly directory = join(this.#folder, 'files')
  readonly #url = process.env.DBJOBQ_DATABASE_URL ?? join(this.#folder, 'jobs.sqlite')
  readonly #prefix = `lc_${randomBytes(4).toString('hex')}_`
  readonly database = ['--database', this.#url, '--prefix', this.#prefix]
  readonly args = [this.directory, ...this.database]

  constructor(files: Record<string, string>) {
    for (const [path, text] of Object.entries(files)) {
      const file = join(this.directory, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, text)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await using queue = new JobQueue(await openStorage(this.#url, this.#prefix))
    await queue.migrate({ to: 0 })
    rmSync(this.#folder, { recursive: true })
  }
}
