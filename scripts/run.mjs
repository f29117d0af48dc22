// @ts-check
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, output: string }} Ending */

/**
 * Runs one program in front, from the root of the repository, to its end. A signal that arrives meanwhile is handed on, and the program
 * decides what it does with it.
 * @param {string} command
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdout?: 'inherit' | 'pipe' }} [options]
 * @returns {Promise<Ending>}
 */
export function run(command, args, { env = process.env, stdout = 'inherit' } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['inherit', stdout, 'inherit'] })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    /** @param {NodeJS.Signals} signal */
    const handOn = (signal) => {
      // A terminal sends Ctrl-C to every process in front of it: handed on as well, it would count as the second, impatient one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
    for (const signal of signals) process.on(signal, handOn)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, handOn)
      resolve({ code, signal, output })
    })
  })
}

/**
 * Ends this process as the program ended.
 * @param {Ending} ending
 */
export function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}
