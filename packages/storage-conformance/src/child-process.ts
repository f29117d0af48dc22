import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ChildWork } from './child-main.js'

/** Another process with a storage of its own on the same database, to be killed at a moment of the caller's choice. */
export interface Child {
  /** Begins the work and returns at once. */
  begin(work: ChildWork): void
  /** SIGKILL; resolves when the process is gone, with its error if it had failed before. */
  kill(): Promise<string | undefined>
}

/** Resolves when the child has opened its storage. */
export async function startChild(module: string): Promise<Child> {
  const main = new URL(`./child-main${extname(import.meta.url)}`, import.meta.url)
  const child = fork(main, [module.startsWith('file:') ? module : pathToFileURL(module).href], { execArgv: [] })
  const errors: string[] = []
  const ended = once(child, 'exit')
  await ready(child, errors)
  return {
    begin: (work) => child.send(work),
    kill: async () => {
      child.kill('SIGKILL')
      await ended
      return errors[0]
    },
  }
}

async function ready(child: ChildProcess, errors: string[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.on('message', (message: string) => {
      if (message === 'ready') resolve()
      else errors.push(message)
    })
    child.once('exit', (code) => reject(new Error(`the child process ended with ${String(code)} before it was ready: ${errors.join()}`)))
  })
}
