// @ts-check
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { debianPackage } from './debian.mjs'
import { findFreePort } from './port.mjs'

/** @typedef {import('./debian.mjs').Unpacked} Unpacked */
/** @typedef {(args: string[]) => { command: string, args: string[] }} Daemon the server program with its folders given */
/** @typedef {{ keeper: import('./keep.mjs').Keeper, label: string, folder: string, share: string, daemon: Daemon }} Creation */

// runs at each start, hence `if not exists`; one statement a line. The plain user has no right that goes past a read-only server
const initFile = `create database if not exists dbjobq;
create user if not exists dbjobq@'%' identified by 'dbjobq';
grant all on *.* to dbjobq@'%' with grant option;
create user if not exists dbjobq_plain@'%' identified by 'dbjobq';
grant all on dbjobq.* to dbjobq_plain@'%';
`

/**
 * @param {{ suite: string, package: string, program: string, share: string, settings: string[], createData: (creation: Creation) => Promise<void> }} server
 * @returns {import('./catalog.mjs').Starter}
 */
function mysqlFamily(server) {
  return async ({ keeper, cache, label }) => {
    const unpacked = await debianPackage(cache, server.suite, server.package)
    const folder = keeper.makeFolder(label)
    const port = await findFreePort()
    const share = unpacked.path(server.share)
    const paths = {
      basedir: unpacked.path('usr'),
      'lc-messages-dir': share,
      'character-sets-dir': join(share, 'charsets'),
      'plugin-dir': unpacked.path('usr/lib/mysql/plugin'),
      datadir: keeper.makeFolder(label, 'data'),
      tmpdir: keeper.makeFolder(label, 'tmp'),
    }
    const given = Object.entries(paths).map(([key, value]) => `--${key}=${value}`)
    /** @type {Daemon} */
    const daemon = (args) => unpacked.command(server.program, ['--no-defaults', ...given, ...args])
    await server.createData({ keeper, label, folder, share, daemon })
    const init = join(folder, 'init.sql')
    writeFileSync(init, initFile)
    chmodSync(init, 0o644)
    const place = [
      '--bind-address=127.0.0.1',
      `--port=${String(port)}`,
      `--socket=${join(folder, 's')}`,
      `--pid-file=${join(folder, 'pid')}`,
    ]
    const settings = [
      `--init-file=${init}`,
      '--skip-name-resolve',
      '--max-connections=300',
      '--innodb-buffer-pool-size=256M',
      ...server.settings,
    ]
    const run = () => keeper.start({ name: label, ...daemon([...place, ...settings]) })
    return { run, url: `mysql://dbjobq:dbjobq@127.0.0.1:${String(port)}/dbjobq` }
  }
}

/**
 * Oracle's MySQL.
 * @param {string} suite
 */
export function mysql(suite) {
  return mysqlFamily({
    suite,
    package: 'mysql-server-core',
    program: 'usr/sbin/mysqld',
    share: 'usr/share/mysql',
    // the performance schema alone takes 300 MB
    settings: ['--mysqlx=OFF', '--secure-file-priv=NULL', '--performance-schema=OFF'],
    createData: ({ keeper, label, daemon }) =>
      keeper.run({ name: `${label}-initialize`, ...daemon(['--initialize-insecure', '--secure-file-priv=NULL']) }),
  })
}

/**
 * MariaDB. Not by `mariadb-install-db`, which wants the client's tools at fixed places: the same SQL files go into the server's bootstrap.
 * @param {string} suite
 */
export function mariadb(suite) {
  return mysqlFamily({
    suite,
    package: 'mariadb-server-core',
    program: 'usr/sbin/mariadbd',
    share: 'usr/share/mysql',
    settings: [],
    async createData({ keeper, label, folder, share, daemon }) {
      const files = readdirSync(share)
      const texts = ['_system_tables.sql', '_performance_tables.sql', '_system_tables_data.sql'].map((ending) => {
        const file = files.find((name) => name.endsWith(ending))
        if (!file || !existsSync(join(share, file))) throw new Error(`the MariaDB package holds no ${ending}`)
        return readFileSync(join(share, file), 'utf8')
      })
      const sql = join(folder, 'bootstrap.sql')
      writeFileSync(sql, `create database if not exists mysql;\nuse mysql;\nset @auth_root_socket=NULL;\n${texts.join('\n')}`)
      const args = ['--bootstrap', '--silent-startup', '--log-warnings=0', '--enforce-storage-engine=', '--max-allowed-packet=8M']
      await keeper.run({ name: `${label}-bootstrap`, ...daemon(args), stdin: sql })
    },
  })
}
