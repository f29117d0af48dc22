import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileStorage } from '@dbjobq/example-custom-storage'
import { allCases, testStorage } from '@dbjobq/storage-conformance'
import { afterAll, describe, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'dbjobq-file-'))
const path = join(folder, 'queue.json')
process.env.DBJOBQ_TEST_QUEUE_FILE = path

afterAll(() => rmSync(folder, { recursive: true }))

await testStorage({
  describe,
  it,
  // Their 24 workers settle more than one file, written anew for each change, takes within their time.
  cases: allCases.filter(({ id }) => !id.startsWith('contention/')),
  open: () => Promise.resolve(new FileStorage(path)),
  reset: () => rm(path, { force: true }),
  module: fileURLToPath(new URL('open-storage.mjs', import.meta.url)),
  unreachable: () => new FileStorage(join(folder, 'no-such-folder', 'queue.json')),
  setSchemaVersion: async (version) => {
    const contents = JSON.parse(await readFile(path, 'utf8')) as { version: number }
    await writeFile(path, JSON.stringify({ ...contents, version }))
  },
})
