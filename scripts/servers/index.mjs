// @ts-check
import { setTimeout as pause } from 'node:timers/promises'
import { openCache } from './cache.mjs'
import { catalog } from './catalog.mjs'
import { prepareHome } from './home.mjs'
import { startKeeper } from './keep.mjs'
import { sweep } from './sweep.mjs'
import { askVersion } from './version.mjs'

/** @typedef {import('./catalog.mjs').ServerName} ServerName */
/**
 * `kill` is `kill -9`, and resolves once it is gone; `startAgain` on the same port and data, and resolves once it answers.
 * @typedef {{ name: string, url: string, version: string, startedInMs: number, kill: () => Promise<void>, startAgain: () => Promise<void> }} Started
 */
/** @typedef {{ name: string, error: Error }} Missing */

/**
 * Starts real database servers on free loopback ports, all at once, each with a new and empty data folder. They end, and their data goes,
 * with `stop()` or with this process, whatever ends it.
 * @param {ServerName[]} names
 * @returns {{ servers: Map<ServerName, Promise<Started | Missing>>, stop: () => Promise<void> }} a server that cannot be had is an answer, too
 */
export function startServers(names) {
  prepareHome()
  sweep()
  const [keeper, cache] = [startKeeper(), openCache()]
  /** @param {ServerName} name */
  const start = async (name) => {
    const begin = performance.now()
    try {
      const { run, url, prepare } = await catalog[name]({ keeper, cache, label: name })
      let running = run()
      const version = await untilReady(running, async () => {
        await prepare?.()
        return askVersion(url)
      })
      const kill = async () => {
        running.kill()
        await running.ended
      }
      const startAgain = async () => {
        running = await runAgain(run, () => askVersion(url))
      }
      return { name, url, version, startedInMs: Math.round(performance.now() - begin), kill, startAgain }
    } catch (error) {
      return { name, error: error instanceof Error ? error : new Error(String(error)) }
    }
  }
  return { servers: new Map(names.map((name) => [name, start(name)])), stop: () => keeper.stop() }
}

/**
 * The processes that a killed PostgreSQL leaves behind hold its memory for a moment, and until then it does not start.
 * @param {() => import('./keep.mjs').Running} run
 * @param {() => Promise<string>} ask
 */
async function runAgain(run, ask) {
  for (let tries = 1; ; tries++) {
    const running = run()
    try {
      await untilReady(running, ask)
      return running
    } catch (error) {
      if (tries === 20) throw error
      await pause(100)
    }
  }
}

/**
 * @param {import('./keep.mjs').Running} running
 * @param {() => Promise<string>} ask
 */
async function untilReady({ ended, log }, ask) {
  let gone = ''
  void ended.then((how) => (gone = how || 'it ended'))
  const deadline = performance.now() + 90_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (gone) throw new Error(`it did not start: ${gone}\n${log()}`, { cause: error })
      if (performance.now() > deadline) throw new Error(`it does not answer after 90 s: ${String(error)}\n${log()}`, { cause: error })
      await pause(100)
    }
  }
}
