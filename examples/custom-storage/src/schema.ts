import { DbjobqError, type Migration } from '@dbjobq/core/storage'
import { refusal } from './errors.js'
import type { Tables } from './tables.js'

export const wantedVersion = 1

const up = `-- Write {"version":1,"jobs":[],"workers":[],"queues":[],"states":[]} into the file.`
const down = '-- Delete the file.'

export function migrate(tables: Tables, to: number): Migration[] {
  checkNotTooNew(tables)
  if (to === 0) for (const table of [tables.jobs, tables.keys, tables.workers, tables.queues, tables.states]) table.clear()
  tables.version = to
  return knownMigrations(tables)
}

export function knownMigrations({ version }: Tables): Migration[] {
  return [{ version: 1, name: 'initial', up, down, applied: version >= 1 }]
}

export function checkKnownVersion(to: number): void {
  if (Number.isInteger(to) && to >= 0 && to <= wantedVersion) return
  throw new DbjobqError('INVALID_OPTION', `to must be a schema version from 0 to ${wantedVersion}, not ${to}.`)
}

export function checkNotTooNew({ version }: Tables): void {
  if (version <= wantedVersion) return
  throw refusal('SCHEMA_TOO_NEW', `The file has schema ${version}, this code knows ${wantedVersion}. Update this adapter.`)
}

export function checkMigrated(tables: Tables): void {
  checkNotTooNew(tables)
  if (tables.version === 0) throw refusal('SCHEMA_OUTDATED', 'This file was never migrated. Run `await queue.migrate()` first.')
}
