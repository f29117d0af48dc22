// @ts-check
import { execFile } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/**
 * Runs a command to its end and answers what it printed.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 */
export async function runQuietly(command, args, options = {}) {
  const { stdout } = await execute(command, args, { maxBuffer: 64 * 1024 * 1024, ...options, encoding: 'utf8' })
  return stdout
}

/**
 * Runs a command that downloads: at most three times, since a mirror or the way to it fails now and then, and at most 4 minutes each time.
 * @param {string} command
 * @param {string[]} args
 * @param {import('node:child_process').ExecFileOptions} [options]
 */
export async function download(command, args, options = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await runQuietly(command, args, { timeout: 240_000, ...options })
    } catch (error) {
      const { code, stderr } = /** @type {{ code?: string | number, stderr?: string }} */ (error)
      if (code === 'ENOENT') throw new Error(`${command} is not installed here`, { cause: error })
      const isFinal = /DO NOT MATCH THE HASHES|No module named pip/.test(stderr ?? '')
      if (isFinal || attempt === 3) throw error
      console.error(
        `${command} ${args.at(-1) ?? ''} failed, trying again (${String(attempt)} of 2): ${(stderr ?? String(error)).trim().split('\n').at(-1) ?? ''}`,
      )
      await pause(attempt * 3_000)
    }
  }
}
