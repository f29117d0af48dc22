import { execFile, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { withLock } from '../src/lock.js'

const countUp = fileURLToPath(new URL('count-up.mjs', import.meta.url))
let folder = ''
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'dbjobq-lock-'))))
afterEach(() => rmSync(folder, { recursive: true }))

function lockOfADeadProcess(path: string): void {
  symlinkSync(String(spawnSync(process.execPath, ['-e', '']).pid), path)
}

it('lets one process at a time through, also those that meet the lock of a dead one', async () => {
  const path = join(folder, 'number')
  writeFileSync(path, '0')
  lockOfADeadProcess(`${path}.lock`)
  await Promise.all(Array.from({ length: 4 }, () => promisify(execFile)(process.execPath, [countUp, path, '100'])))
  expect(readFileSync(path, 'utf8')).toBe('400')
  expect(existsSync(`${path}.lock`)).toBe(false)
}, 60_000)

it('takes over also where the one that took over died', async () => {
  const path = join(folder, 'lock')
  lockOfADeadProcess(path)
  lockOfADeadProcess(`${path}.takeover`)
  expect(await withLock(path, performance.now() + 10_000, () => Promise.resolve('done'))).toBe('done')
})

it('says CONTENTION when the lock is not free in time', async () => {
  const path = join(folder, 'lock')
  symlinkSync(String(process.pid), path)
  await expect(withLock(path, performance.now() + 50, () => Promise.resolve())).rejects.toMatchObject({ code: 'CONTENTION' })
})
