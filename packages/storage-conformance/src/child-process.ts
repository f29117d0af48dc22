import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ChildMessage, ChildWork } from './child-main.js'

/** Another process with a storage of its own on the same database, to be killed at a moment of the caller's choice. */
export interface Child {
  /** Resolves when the call of that number, counted from 0, is about to be made. */
  begin(work: ChildWork, until: number): Promise<void>
  /** SIGKILL; resolves when the process is gone, with its error if it had failed before. */
  kill(): Promise<string | undefined>
}

/** Resolves when the child has opened its storage and connected. */
export async function startChild(module: string): Promise<Child> {
  const main = new URL(`./child-main${extname(import.meta.url)}`, import.meta.url)
  const child = fork(main, [module.startsWith('file:') ? module : pathToFileURL(module).href], { execArgv: [] })
  const ended = once(child, 'exit')
  let failure: string | undefined

  const said = (isIt: (message: ChildMessage) => boolean) =>
    new Promise<void>((resolve, reject) => {
      child.on('message', (message: ChildMessage) => {
        if (typeof message === 'object' && 'failed' in message) failure = message.failed
        else if (isIt(message)) resolve()
        else return
        if (failure !== undefined) reject(new Error(`the child process failed: ${failure}`))
      })
      child.once('exit', () => reject(new Error(`the child process ended early: ${failure ?? 'without a word'}`)))
    })

  await said((message) => message === 'ready')
  return {
    begin: async (work, until) => {
      const begun = said((message) => typeof message === 'object' && 'begins' in message && message.begins === until)
      child.send(work)
      await begun
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
      return failure
    },
  }
}
