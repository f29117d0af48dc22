// @ts-check
import { fork } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { home, makeServerFolder, serverUser } from './home.mjs'

/** @typedef {{ name: string, command: string, args: string[], env?: Record<string, string>, stdin?: string, stopSignal?: NodeJS.Signals }} Program */
/** @typedef {{ ended: Promise<string>, kill: () => void, log: () => string }} Running `ended` answers how it ended, '' for well; `kill` with SIGKILL */

/** Starts a keeper (keeper.mjs) and talks to it. */
export function startKeeper() {
  const folder = mkdtempSync(join(home, 'run', 'r-'))
  chmodSync(folder, 0o755)
  const keeper = fork(fileURLToPath(new URL('keeper.mjs', import.meta.url)), [folder], {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const left = new Promise((resolve) => keeper.once('exit', resolve))
  /** @type {Map<number, (how: string) => void>} */
  const waiting = new Map()
  keeper.on('message', (/** @type {{ id: number, ended: string }} */ { id, ended }) => waiting.get(id)?.(ended))
  let orders = 0

  return {
    /**
     * An empty folder that the server may write to; it lasts as long as the keeper.
     * @param {string[]} path
     */
    makeFolder: (...path) => makeServerFolder(join(folder, ...path)),

    /**
     * @param {Program} program
     * @returns {Running}
     */
    start({ name, stopSignal = 'SIGKILL', env = {}, ...program }) {
      const id = ++orders
      const log = join(folder, `${name}.log`)
      const environment = { PATH: process.env.PATH ?? '', HOME: '/', LC_ALL: 'C', ...env }
      const ended = Promise.race([
        new Promise((/** @type {(how: string) => void} */ resolve) => waiting.set(id, resolve)),
        left.then(() => 'its keeper has gone'),
      ])
      keeper.send({ id, ...program, env: environment, ...serverUser(), log, stopSignal })
      return { ended, kill: () => keeper.send({ kill: id }), log: () => (existsSync(log) ? readFileSync(log, 'utf8').slice(-3000) : '') }
    },

    /**
     * Runs a program that comes to an end by itself.
     * @param {Program} program
     */
    async run(program) {
      const running = this.start(program)
      const how = await running.ended
      if (how !== '') throw new Error(`${program.name}: ${how}\n${running.log()}`)
    },

    /** Ends all servers and removes their data. */
    async stop() {
      if (keeper.connected) keeper.disconnect()
      await left
    },
  }
}

/** @typedef {ReturnType<typeof startKeeper>} Keeper */
