// @ts-check
import { execFileSync } from 'node:child_process'
import { chownSync, mkdirSync, statSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'

/** Where binaries are cached (bin/) and data lives while servers run (run/). */
export const home = process.env.DBJOBQ_SERVICES ?? join(tmpdir(), `dbjobq-services-${String(userInfo().uid)}`)

/**
 * Whom servers run as: PostgreSQL and mysqld refuse to be root, so they become "nobody"; for an ordinary user, that user.
 * @returns {{ uid?: number, gid?: number }}
 */
export function serverUser() {
  if (process.getuid?.() !== 0) return {}
  /** @param {string} flag */
  const id = (flag) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/** Makes the home folder and refuses one that servers could not enter, or that somebody else put there first. */
export function prepareHome() {
  for (const path of [join(home, 'bin'), join(home, 'run')]) mkdirSync(path, { recursive: true, mode: 0o755 })
  if (process.getuid && statSync(home).uid !== process.getuid())
    throw new Error(`${home} belongs to somebody else: set DBJOBQ_SERVICES to a folder of your own`)
  if (process.getuid?.() !== 0) return
  for (let path = home; path !== dirname(path); path = dirname(path)) {
    if (!(statSync(path).mode & 0o001))
      throw new Error(`the user nobody cannot enter ${path}: set DBJOBQ_SERVICES to a folder that everyone may enter`)
  }
}

/**
 * Makes a folder that the server may write to.
 * @param {string} path
 */
export function makeServerFolder(path) {
  mkdirSync(path, { recursive: true, mode: 0o755 })
  const { uid, gid } = serverUser()
  if (uid !== undefined && gid !== undefined) chownSync(path, uid, gid)
  return path
}
