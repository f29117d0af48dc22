// @ts-check
import { spawn } from 'node:child_process'

/** @typedef {{ code: number | null, output: string }} Result */
/** @typedef {{ cwd: string, env?: NodeJS.ProcessEnv, onLine?: (line: string) => void, timeout?: number }} Options timeout in ms, 10 minutes without */

/**
 * Runs programs, each in a process group of its own, so that ending one ends also what it started.
 */
export class Children {
  /** @type {Set<number>} */
  #groups = new Set()
  #isOver = false

  /**
   * Answers when the program has ended and its output is read; never rejects.
   * @param {string} command
   * @param {string[]} args
   * @param {Options} options
   * @returns {Promise<Result>}
   */
  run(command, args, { onLine, timeout = 600_000, ...options }) {
    if (this.#isOver) return Promise.resolve({ code: null, output: 'not begun: the run was ended' })
    return new Promise((resolve) => {
      const child = spawn(command, args, { ...options, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      const group = child.pid
      if (group) this.#groups.add(group)
      let output = ''
      let line = ''
      /** @param {string} text */
      const read = (text) => {
        output += text
        const lines = (line + text).split('\n')
        line = lines.pop() ?? ''
        for (const whole of lines) onLine?.(whole)
      }
      const timer = setTimeout(() => {
        read(`\nended after ${String(timeout / 1000)} s without coming to an end\n`)
        if (group) end(group)
      }, timeout)
      child.stdout.setEncoding('utf8').on('data', read)
      child.stderr.setEncoding('utf8').on('data', read)
      child.once('error', (error) => read(`${error.message}\n`))
      child.once('close', (code) => {
        clearTimeout(timer)
        if (group) this.#groups.delete(group)
        if (line) onLine?.(line)
        resolve({ code, output })
      })
    })
  }

  /** Nothing begins any more either. */
  endAll() {
    this.#isOver = true
    for (const group of this.#groups) end(group)
  }
}

/** @param {number} group */
function end(group) {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error
  }
}
