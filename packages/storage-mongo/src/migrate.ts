import { DbjobqError, type Migration } from '@dbjobq/core/storage'
import type { Document } from 'mongodb'
import type { Scope } from './call.js'
import { storageError } from './errors.js'
import { isRefusal } from './hints.js'
import { migrationsFor, type MigrationPlan } from './migrations.js'
import type { Store } from './store.js'

const namespaceNotFound = 26
const namespaceExists = 48
const duplicateKey = 11000

/** 0 when never migrated. */
export async function findSchema(store: Store, scope: Scope): Promise<{ found: number; wanted: number }> {
  const [newest] = await store.migrations.find({}, { ...scope, sort: { _id: -1 }, limit: 1 }).toArray()
  return { found: newest?._id ?? 0, wanted: migrationsFor(store.prefix).length }
}

/** @throws StorageError SCHEMA_TOO_NEW */
export async function findKnownSchema(store: Store, scope: Scope): Promise<{ found: number; wanted: number }> {
  const schema = await findSchema(store, scope)
  if (schema.found > schema.wanted) {
    const message = `The schema has version ${schema.found}, this code knows ${schema.wanted}. Update @dbjobq/storage-mongo.`
    throw storageError('SCHEMA_TOO_NEW', message)
  }
  return schema
}

/** @throws StorageError SCHEMA_OUTDATED, SCHEMA_TOO_NEW */
export async function checkUsable(store: Store, scope: Scope): Promise<void> {
  const { found, wanted } = await findKnownSchema(store, scope)
  if (found === wanted) return
  const state = found === 0 ? 'was never migrated' : `has version ${found}, this code wants ${wanted}`
  const where = `${store.database.databaseName}.${store.prefix}*`
  throw storageError('SCHEMA_OUTDATED', `The storage in ${where} ${state}. Run \`await queue.migrate()\` first.`)
}

/** @throws DbjobqError INVALID_OPTION */
export function checkMigrateOptions({ to = 0, dryRun = false }: { to?: number; dryRun?: boolean }, { prefix }: Store): void {
  const wanted = migrationsFor(prefix).length
  if (!Number.isInteger(to) || to < 0 || to > wanted) {
    throw new DbjobqError('INVALID_OPTION', `\`to\` must be a version from 0 to ${wanted}, not ${String(to)}.`)
  }
  if (typeof dryRun !== 'boolean') throw new DbjobqError('INVALID_OPTION', `dryRun must be true or false, not ${String(dryRun)}.`)
}

/** Every command can be run again, by many at once and after any of them was killed: so there is no lock. */
export async function migrate(store: Store, scope: Scope, options: { to?: number; dryRun?: boolean }): Promise<Migration[]> {
  const { found, wanted } = await findKnownSchema(store, scope)
  const { to = wanted, dryRun = false } = options
  const plans = migrationsFor(store.prefix)
  if (!dryRun) {
    for (const plan of plans) if (plan.version > found && plan.version <= to) await runUp(store, plan)
    // Also what is not marked: a removal that was killed goes on here.
    for (const { version, down } of plans.toReversed()) if (version > to) await run(store, down)
  }
  const now = dryRun ? found : to
  return plans.map(({ version, name, up, optional, mark, down }) => ({
    version,
    name,
    up: toText([...up, ...optional, mark]),
    down: toText(down),
    applied: version <= now,
  }))
}

async function runUp(store: Store, { up, optional, mark }: MigrationPlan): Promise<void> {
  await run(store, up)
  try {
    await run(store, optional)
  } catch (error) {
    if (!isRefusal(error)) throw error
  }
  await run(store, [mark])
}

async function run(store: Store, commands: Document[]): Promise<void> {
  for (const command of commands) {
    try {
      const { writeErrors = [] } = (await patiently(() => store.database.command(command))) as {
        writeErrors?: { code: number; errmsg: string }[]
      }
      const refused = writeErrors.find(({ code }) => code !== duplicateKey)
      if (refused) throw Object.assign(new Error(refused.errmsg), refused)
    } catch (error) {
      if (!isDone(error)) throw error
    }
  }
}

/**
 * An index takes as long as it takes, but the client ends a connection that is silent for too long. The server goes on meanwhile, so the
 * command is sent again and waits for the same index; a server that is gone is told by another error.
 */
async function patiently<T>(command: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await command()
    } catch (error) {
      if (!(error instanceof Error && error.name === 'MongoNetworkTimeoutError')) throw error
    }
  }
}

function isDone(error: unknown): boolean {
  const code = (error as { code?: unknown }).code
  return code === namespaceExists || code === namespaceNotFound
}

function toText(commands: Document[]): string {
  return commands.map((command) => `db.runCommand(${JSON.stringify(command)})`).join('\n')
}
