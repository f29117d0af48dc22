import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A path for a database in a folder of its own, gone when disposed of. */
export function temporaryFile(): { folder: string; filename: string } & Disposable {
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-sqlite-'))
  return {
    folder,
    filename: join(folder, 'jobs.db'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
