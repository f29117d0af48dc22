// @ts-check
import { chmodSync, existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { home } from './home.mjs'

/** @typedef {(name: string, fill: (folder: string) => Promise<void>) => Promise<string>} Cache */

/**
 * Folders of binaries that are filled once and then found. A folder is filled under a draft name and renamed when it is whole, so a killed
 * download leaves nothing that looks complete, and two runs at once do not meet.
 * @returns {Cache}
 */
export function openCache() {
  /** @type {Map<string, Promise<string>>} */
  const pending = new Map()

  /** @type {Cache} */
  async function fillOnce(name, fill) {
    const path = join(home, 'bin', name)
    if (existsSync(path)) return path
    const draft = await mkdtemp(join(home, 'bin', 'draft-'))
    try {
      chmodSync(draft, 0o755)
      await fill(draft)
      await rename(draft, path).catch((error) => {
        if (!existsSync(path)) throw error // else another run was first, and its folder is as good
      })
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return path
  }

  return (name, fill) => {
    const folder = pending.get(name) ?? fillOnce(name, fill)
    pending.set(name, folder)
    return folder
  }
}
