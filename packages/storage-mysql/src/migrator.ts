import { createHash } from 'node:crypto'
import { StorageError } from '@dbjobq/core/storage'
import type { Migrator } from '@dbjobq/storage-sql'
import { isOfSchema } from './errors.js'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

/** s, a year: the most that both servers take. */
const longestWait = 31_536_000

/** 0 when nothing is there. */
export async function readVersion(session: Session, { quoted }: Tables): Promise<number> {
  try {
    const [row] = await session.read(`select coalesce(max(version), 0) as version from ${quoted.migrations}`, [])
    return Number(row?.version)
  } catch (error) {
    if (isOfSchema(error)) return 0
    throw error
  }
}

/** Migrates on one connection, which holds the lock: the server frees it when the connection ends. */
export function migratorOn(session: Session, tables: Tables, callTimeout: number): Migrator {
  const read = () => readVersion(session, tables)
  return {
    readVersion: read,
    async locked(work) {
      const lock = lockName(tables)
      const [row] = await session.read(`select get_lock(?, ?) as locked, @@session.lock_wait_timeout as waits`, [
        lock,
        Math.ceil(callTimeout / 1_000),
      ])
      if (!row || Number(row.locked) !== 1) throw lockTimeout(callTimeout)
      try {
        // A step takes as long as it takes, also to get hold of a table that is in use.
        await session.run(`set session lock_wait_timeout = ${longestWait}`)
        await work({ readVersion: read, run: (statements) => runAll(session, statements) })
        await session.run(`set session lock_wait_timeout = ${Number(row.waits)}`)
        await session.read(`select release_lock(?) as released`, [lock])
      } catch (error) {
        session.destroy()
        throw error
      }
    },
  }
}

async function runAll(session: Session, statements: string[]): Promise<void> {
  for (const statement of statements) await session.run(statement)
}

/** Locks are known to the whole server, by up to 64 characters. */
function lockName({ quoted }: Tables): string {
  return `dbjobq:${createHash('sha256').update(quoted.migrations).digest('hex').slice(0, 40)}`
}

function lockTimeout(callTimeout: number): StorageError {
  const message = `Another migration held its lock longer than ${callTimeout} ms (callTimeout). Wait for it to end, then migrate again.`
  return new StorageError('CONTENTION', message, { retryable: true, applied: 'no' })
}
