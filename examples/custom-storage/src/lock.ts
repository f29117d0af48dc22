import { readlink, symlink, unlink } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { StorageError } from '@dbjobq/core/storage'
import { hasCode } from './errors.js'

/**
 * Runs `work` while no other process holds the lock at `path`. The lock of a process that died is taken over.
 * Throws `CONTENTION` when it is not free by `deadline` (of `performance.now()`, ms).
 */
export async function withLock<T>(path: string, deadline: number, work: () => Promise<T>): Promise<T> {
  for (let round = 0; !(await take(path)); round++) {
    if (performance.now() > deadline) {
      throw new StorageError('CONTENTION', `Others held the lock ${path} all the time.`, { retryable: true, applied: 'no' })
    }
    if (await isLeftBehind(path)) await remove(path, deadline)
    else await sleep(Math.random() * Math.min(2 ** round, 32))
  }
  try {
    return await work()
  } finally {
    await unlink(path)
  }
}

/** A symbolic link is made with its contents in one step: there is no moment at which the lock has no owner. */
async function take(path: string): Promise<boolean> {
  try {
    await symlink(String(process.pid), path)
    return true
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false
    throw error
  }
}

async function isLeftBehind(path: string): Promise<boolean> {
  try {
    process.kill(Number(await readlink(path)), 0)
    return false
  } catch (error) {
    if (hasCode(error, 'ESRCH')) return true
    // Released meanwhile, or held by a process of another user.
    if (hasCode(error, 'ENOENT') || hasCode(error, 'EPERM')) return false
    throw error
  }
}

/** One at a time, and looks again: between the look of another and its removal, the lock may have got a living owner. */
async function remove(path: string, deadline: number): Promise<void> {
  await withLock(`${path}.takeover`, deadline, async () => {
    if (await isLeftBehind(path)) await unlink(path)
  })
}
