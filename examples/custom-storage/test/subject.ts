import { mkdtempSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileStorage } from '@dbjobq/example-custom-storage'
import type { Subject } from '@dbjobq/storage-conformance'

/** Of one test file. */
export function newSubject() {
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-file-'))
  const path = join(folder, 'queue.json')
  process.env.DBJOBQ_TEST_QUEUE_FILE = path

  const remove = () => rm(folder, { recursive: true })

  const subject: Subject = {
    open: () => Promise.resolve(new FileStorage(path)),
    reset: () => rm(path, { force: true }),
    module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
    unreachable: () => new FileStorage(join(folder, 'no-such-folder', 'queue.json')),
    setSchemaVersion: async (version) => {
      const contents = JSON.parse(await readFile(path, 'utf8')) as { version: number }
      await writeFile(path, JSON.stringify({ ...contents, version }))
    },
  }

  return { subject, remove }
}
