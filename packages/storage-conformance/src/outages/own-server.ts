import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Outages } from './outages.js'

/** A database server that only one test file uses, and so may kill. */
export interface OwnServer extends AsyncDisposable {
  url: string
  killServer: NonNullable<Outages['killServer']>
}

/**
 * Runs `program` with `args`: it prints the server's URL on a line, then `done` after each `kill` and `start` that it reads on a line,
 * and ends with its server when its input does.
 */
export async function runOwnServer(program: string, ...args: string[]): Promise<OwnServer> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${program} ${args.join(' ')} ended early`)
    return value
  }
  const order = async (line: 'kill' | 'start'): Promise<void> => {
    child.stdin.write(`${line}\n`)
    await next()
  }
  return {
    url: await next(),
    killServer: async () => {
      await order('kill')
      return { [Symbol.asyncDispose]: () => order('start') }
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end()
      await ended
    },
  }
}
