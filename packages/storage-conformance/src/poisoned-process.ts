import { fork } from 'node:child_process'
import { extname } from 'node:path'
import { pathToFileURL } from 'node:url'

/** Another process with a worker whose jobs may kill it. */
export interface PoisonedProcess {
  /** True once it died by a job; false once `isOver` holds, and then it stops. Rejects when it ends in another way. */
  diedBefore(isOver: () => Promise<boolean>): Promise<boolean>
}

export function startPoisoned(module: string): PoisonedProcess {
  const main = new URL(`./poisoned-main${extname(import.meta.url)}`, import.meta.url)
  const child = fork(main, [module.startsWith('file:') ? module : pathToFileURL(module).href], { execArgv: [] })
  let ended: { code: number | null; signal: string | null } | undefined
  const exit = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      ended = { code, signal }
      resolve()
    })
  })
  const nextLook = () => new Promise((resolve) => setTimeout(resolve, 50))
  return {
    diedBefore: async (isOver) => {
      while (!ended && !(await isOver())) await Promise.race([exit, nextLook()])
      if (ended && ended.signal !== 'SIGKILL') throw new Error(`the child process ended early: ${ended.code ?? ended.signal}`)
      const hasDied = ended !== undefined
      if (!hasDied) child.disconnect()
      await exit
      return hasDied
    },
  }
}
