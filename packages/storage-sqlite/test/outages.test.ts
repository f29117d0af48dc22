import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { outageCases, testStorage } from '@dbjobq/storage-conformance'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { temporaryFile } from './temporary-file.js'

const place = temporaryFile()
/** Both on one file system: a file that is moved stays the same. */
const disk = join(place.folder, 'disk')
const away = join(disk, 'away')
mkdirSync(disk)
const mount = (): boolean => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', disk]).status === 0
const unmount = () => spawnSync('umount', ['--lazy', disk])
/** A file system so small that it can be filled takes the rights of an administrator. Tried here, and mounted only if a test runs. */
const mayMount = mount()
if (mayMount) unmount()
const filename = join(disk, 'jobs.db')
const parts = ['', '-wal', '-shm'].map((ending) => `jobs.db${ending}`)

beforeAll(() => {
  if (mayMount) mount()
  mkdirSync(away)
})

afterAll(() => {
  if (mayMount) unmount()
  place[Symbol.dispose]()
})

function disposing(end: () => unknown): AsyncDisposable {
  return {
    [Symbol.asyncDispose]: () => {
      end()
      return Promise.resolve()
    },
  }
}

function fillDisk(): Promise<AsyncDisposable> {
  const ballast = join(disk, 'ballast')
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(ballast, Buffer.alloc(bavail * bsize))
  return Promise.resolve(disposing(() => rmSync(ballast)))
}

function lockJobs(): Promise<AsyncDisposable> {
  const database = new Database(filename)
  database.exec('begin immediate')
  return Promise.resolve(disposing(() => database.close()))
}

/** What a killed server is for others: the file is away for a while. */
function moveAway(): Promise<AsyncDisposable> {
  const moved = parts.filter((part) => existsSync(join(disk, part)))
  for (const part of moved) renameSync(join(disk, part), join(away, part))
  return Promise.resolve(
    disposing(() => {
      if (existsSync(filename)) throw new Error('a new database was made in the place of the one that is gone')
      for (const part of moved) renameSync(join(away, part), join(disk, part))
    }),
  )
}

await testStorage({
  // A process that starts while the file is away makes a new one: there is no server that could be down.
  cases: outageCases.filter(({ id }) => id !== 'outage/down-at-start'),
  describe,
  it,
  open: () => Promise.resolve(new SqliteStorage({ filename, callTimeout: 2_000 })),
  reset: () => {
    for (const part of parts) rmSync(join(disk, part), { force: true })
    return Promise.resolve()
  },
  transactions: {},
  outages: { lockJobs, killServer: moveAway, ...(mayMount && { fillDisk }) },
})
