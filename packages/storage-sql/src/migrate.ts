import { DbjobqError, StorageError, type Migration } from '@dbjobq/core/storage'
import { checkOptionNames } from './options.js'

/**
 * One step of the schema. The last statement of `up` and of `down` records the version, so that a step which was cut off is run again
 * from its beginning; where DDL is not transactional, the others must bear that (`if not exists`).
 */
export interface MigrationStep {
  version: number
  name: string
  up: string[]
  down: string[]
}

export interface Migrator {
  /** Of any connection; 0 when nothing is there. */
  readVersion(): Promise<number>
  /** Runs `work` while no other process does, under a lock that dies with this process. */
  locked(work: (session: MigrationSession) => Promise<void>): Promise<void>
}
export interface MigrationSession {
  readVersion(): number | Promise<number>
  /** All or nothing, where the store can. */
  run(statements: string[]): void | Promise<void>
}

/** `JobStorage.migrate` over `steps`, oldest first with versions from 1 without a gap. */
export async function migrate(
  steps: readonly MigrationStep[],
  migrator: Migrator,
  options: { to?: number; dryRun?: boolean } = {},
): Promise<Migration[]> {
  checkOptionNames('migrate', options, ['to', 'dryRun'])
  const newest = steps.length
  const { to = newest, dryRun = false } = options
  if (!Number.isInteger(to) || to < 0 || to > newest) {
    throw new DbjobqError('INVALID_OPTION', `to must be a schema version from 0 to ${newest}, not ${String(to)}.`)
  }
  if (typeof dryRun !== 'boolean') throw new DbjobqError('INVALID_OPTION', `dryRun must be true or false, not ${String(dryRun)}.`)
  if (dryRun) return describeSteps(steps, checkNotTooNew(await migrator.readVersion(), newest))
  await migrator.locked(async (session) => {
    const found = checkNotTooNew(await session.readVersion(), newest)
    const upwards = steps.filter(({ version }) => version > found && version <= to)
    const downwards = steps.filter(({ version }) => version <= found && version > to).reverse()
    for (const step of upwards) await session.run(step.up)
    for (const step of downwards) await session.run(step.down)
  })
  return describeSteps(steps, to)
}

/** Answers `found`. @throws StorageError SCHEMA_TOO_NEW */
export function checkNotTooNew(found: number, wanted: number): number {
  if (found <= wanted) return found
  const message = `The schema has version ${found}, this code knows ${wanted}. It was migrated by newer code: update the storage package.`
  throw new StorageError('SCHEMA_TOO_NEW', message, { retryable: false, applied: 'no' })
}

/** What a call on a store that was never migrated rejects with; `cause` is what the driver said. */
export function schemaOutdated(cause?: unknown): StorageError {
  const message = 'The tables of dbjobq are not there, or are older than this code. Run `await queue.migrate()` first.'
  return new StorageError('SCHEMA_OUTDATED', message, { retryable: false, applied: 'no', cause })
}

function describeSteps(steps: readonly MigrationStep[], current: number): Migration[] {
  return steps.map(({ version, name, up, down }) => ({ version, name, up: toText(up), down: toText(down), applied: version <= current }))
}

function toText(statements: string[]): string {
  return statements.map((statement) => `${statement};\n`).join('')
}
