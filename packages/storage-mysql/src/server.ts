import { StorageError } from '@dbjobq/core/storage'
import type { Session } from './session.js'

export interface Server {
  /** `MySQL 9.7.4` */
  name: string
  /** False: the pool's sessions leave a transaction open after each statement. */
  autocommit: boolean
}

/** @throws StorageError UNSUPPORTED */
export async function readServer(session: Session): Promise<Server> {
  const [row] = await session.read(
    'select version() as version, @@autocommit as autocommit, @@character_set_client as sent, @@character_set_results as received',
    [],
  )
  const name = checkVersion(String(row?.version))
  const { sent, received } = row ?? {}
  if (sent !== 'utf8mb4' || (received !== 'utf8mb4' && received !== null)) {
    throw refusal(
      `The connections use the character set ${String(sent)}, in which not every text comes back the same. Set the driver's option \`charset\` to utf8mb4.`,
    )
  }
  return { name, autocommit: Number(row?.autocommit) === 1 }
}

/**
 * Answers the server's name from what `version()` says.
 * @throws StorageError UNSUPPORTED for MySQL before 8.0.11, MariaDB before 10.6, and TiDB
 */
export function checkVersion(version: string): string {
  if (/tidb/i.test(version)) {
    throw refusal(`This is TiDB (${version}): it accepts SKIP LOCKED and locks nothing, so one job would be handed to several workers.`)
  }
  const isMariaDb = /mariadb/i.test(version)
  // Replication once needed a "5.5.5-" before MariaDB's own version.
  const [, found = ''] = /^(?:5\.5\.5-)?(\d+(?:\.\d+)*)/.exec(version) ?? []
  const [product, wanted] = isMariaDb ? ['MariaDB', '10.6'] : ['MySQL', '8.0.11']
  if (isOlder(found, wanted)) {
    throw refusal(
      `This is ${product} ${found || version}: dbjobq needs SKIP LOCKED and JSON_TABLE, so MySQL 8.0.11 or MariaDB 10.6 or newer.`,
    )
  }
  return `${product} ${found}`
}

function isOlder(found: string, wanted: string): boolean {
  const [have, need] = [found, wanted].map((version) => version.split('.').map(Number))
  const differing = need?.findIndex((part, index) => (have?.[index] ?? 0) !== part) ?? -1
  return differing >= 0 && (have?.[differing] ?? 0) < (need?.[differing] ?? 0)
}

function refusal(message: string): StorageError {
  return new StorageError('UNSUPPORTED', message, { retryable: false, applied: 'no' })
}
