// @ts-check
// Debian packages, unpacked and not installed: a private apt with state and cache of its own resolves and verifies them, so neither root
// nor a version number is needed, and the system's own packages stay as they are.
import { existsSync } from 'node:fs'
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { download, runQuietly } from './download.mjs'

const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** The mirror that this machine's apt is configured with; asking for it fetches nothing. */
async function findMirror() {
  if (!existsSync(keyring)) throw new Error('this system has no Debian packages (no debian-archive-keyring)')
  const printed = await download('apt-get', ['--print-uris', 'update'])
  for (const [, mirror, suite] of printed.matchAll(/'(\S+\/debian)\/dists\/([^/']+)\/InRelease'/g)) {
    if (mirror && suite && !/security|updates|backports/.test(suite)) return mirror
  }
  throw new Error('apt has no Debian mirror configured')
}

/**
 * @param {string} folder
 * @param {string} suite
 * @param {string} name
 */
async function unpack(folder, suite, name) {
  const work = join(folder, 'apt')
  for (const path of ['lists/partial', 'cache/archives/partial']) await mkdir(join(work, path), { recursive: true })
  await writeFile(join(work, 'status'), '')
  await writeFile(join(work, 'sources'), `deb [signed-by=${keyring}] ${await findMirror()} ${suite} main\n`)
  const settings = {
    'Dir::Etc::sourcelist': join(work, 'sources'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::State::status': join(work, 'status'),
    'Dir::Cache': join(work, 'cache'),
    'APT::Install-Recommends': 'false',
    'APT::Update::Post-Invoke': '',
    'Acquire::Languages': 'none',
  }
  const options = ['-qq', ...Object.entries(settings).flatMap(([key, value]) => ['-o', `${key}=${value}`])]
  await download('apt-get', [...options, 'update'])
  await download('apt-get', [...options, '-y', '--download-only', 'install', name])
  const archives = join(work, 'cache/archives')
  for (const file of await readdir(archives)) {
    if (file.endsWith('.deb')) await runQuietly('dpkg-deb', ['-x', join(archives, file), folder])
  }
  await rm(work, { recursive: true })
}

/**
 * @typedef {object} Unpacked
 * @property {(path: string) => string} path where a file of the packages lies
 * @property {(program: string, args: string[]) => { command: string, args: string[] }} command runs a program of the packages by their own loader and libc
 */

/**
 * @param {import('./cache.mjs').Cache} cache
 * @param {string} suite e.g. bookworm
 * @param {string} name of the package; all that it depends on comes with it
 * @returns {Promise<Unpacked>}
 */
export async function debianPackage(cache, suite, name) {
  const folder = await cache(`debian-${suite}-${name}`, (draft) => unpack(draft, suite, name))
  const triplet = (await readdir(join(folder, 'usr/lib'))).find((entry) => entry.endsWith('-linux-gnu'))
  const libraries = ['usr/lib', 'lib'].map((path) => join(folder, path, triplet ?? '')).filter((path) => existsSync(path))
  for (const library of libraries) {
    const loader = (await readdir(library)).find((file) => /^ld-linux.*\.so/.test(file))
    if (!loader) continue
    return {
      path: (path) => join(folder, path),
      command: (program, args) => ({
        command: join(library, loader),
        args: ['--library-path', libraries.join(':'), join(folder, program), ...args],
      }),
    }
  }
  throw new Error(`the Debian package ${name} came without a loader`)
}
