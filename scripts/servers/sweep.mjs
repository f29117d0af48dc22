// @ts-check
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { home } from './home.mjs'

/**
 * Removes what a keeper left that was itself killed: its servers, known by their command line, which names its folder, and their data;
 * and drafts of downloads that nobody will finish. Younger things may belong to a run that is just beginning.
 */
export function sweep() {
  const processes = commandLines()
  for (const folder of oldFolders(join(home, 'run'), 60_000)) {
    const users = processes.filter(({ line }) => line.includes(folder))
    if (users.some(({ line }) => line.includes('keeper.mjs'))) continue
    for (const { pid } of users) kill(pid)
    rmSync(folder, { recursive: true, force: true })
  }
  for (const folder of oldFolders(join(home, 'bin'), 3_600_000)) {
    if (folder.includes('draft-')) rmSync(folder, { recursive: true, force: true })
  }
}

/** @param {number} pid */
function kill(pid) {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'ESRCH') throw error // it ended while we looked
  }
}

/** @returns {{ pid: number, line: string }[]} of all processes, where the system has /proc */
function commandLines() {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      return [{ pid: Number(name), line: readFileSync(`/proc/${name}/cmdline`, 'utf8') }]
    } catch {
      return [] // ended while we looked
    }
  })
}

/**
 * @param {string} parent
 * @param {number} age ms
 */
function oldFolders(parent, age) {
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((path) => Date.now() - statSync(path).mtimeMs > age)
}
