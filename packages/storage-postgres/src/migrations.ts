import type { MigrationStep, TableNames } from '@dbjobq/storage-sql'
import { quoted, sqlNames, type SqlNames } from './names.js'
import type { Session } from './session.js'

export const newestVersion = 1

/** Texts that are compared or sorted do so byte by byte, whatever the locale of the database. */
const name = 'text collate "C"'

/**
 * Every claimed job leaves a dead row and dead index entries, and a claim walks over those at the head of the queue: at 10,000 jobs/s the
 * default (a fifth of the table) comes far too late, and a vacuum that pauses does not keep up.
 */
const vacuumEagerly = 'autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0'

/** Times are epoch ms. Partial indexes hold only the rows that their reader wants. */
export function migrationSteps(schema: string, tables: TableNames): MigrationStep[] {
  const { jobs, workers, queues, states, migrations, schema: schemaName } = sqlNames(schema, tables)
  const index = (suffix: string) => quoted(`${tables.jobs}_${suffix}`)
  return [
    {
      version: 1,
      name: 'initial',
      up: [
        ...(schema === 'public' ? [] : [`create schema if not exists ${schemaName}`]),
        `create table ${migrations} (version integer primary key, name text not null, applied_at timestamptz not null default now())`,
        `create table ${jobs} (
  id ${name} primary key,
  queue ${name} not null,
  type ${name} not null,
  group_key ${name},
  priority smallint not null,
  status ${name} not null,
  run_at bigint not null,
  unique_key ${name},
  key_until ${name} not null,
  data text not null,
  options text not null,
  attempts integer not null default 0,
  claim_id ${name},
  worker_id ${name},
  started_at bigint,
  finished_at bigint,
  delete_at bigint,
  cancel_requested_at bigint,
  progress text,
  result text,
  errors text
) with (${vacuumEagerly})`,
        // claimJobs, in its order; the priority negated, so that a place in it can be named by one comparison
        `create index ${index('pending')} on ${jobs} (queue, (-priority::integer), run_at, id) where status = 'pending'`,
        // promoteJobs: future jobs stay out of the way of claims
        `create index ${index('scheduled')} on ${jobs} (run_at, id) where status = 'scheduled'`,
        // heartbeat, findOrphans
        `create index ${index('running')} on ${jobs} (worker_id, id) where status = 'running'`,
        // findJobs and countJobs by status
        `create index ${index('finished')} on ${jobs} (status, id) where status in ('completed', 'failed', 'cancelled')`,
        // pruneJobs
        `create index ${index('delete_at')} on ${jobs} (delete_at) where delete_at is not null`,
        `create unique index ${index('unique_key')} on ${jobs} (unique_key) where unique_key is not null`,
        `create index ${index('group_key')} on ${jobs} (group_key, id) where group_key is not null`,
        `create table ${workers} (id ${name} primary key, lease_until bigint not null, info text not null) with (${vacuumEagerly})`,
        `create table ${queues} (name ${name} primary key, paused_at bigint, settings text)`,
        `create table ${states} (
  kind ${name} not null,
  id ${name} not null,
  revision bigint not null,
  due_at bigint,
  text text not null,
  primary key (kind, id)
) with (${vacuumEagerly})`,
        `insert into ${migrations} (version, name) values (1, 'initial')`,
      ],
      // The schema stays: others may keep tables in it.
      down: [states, queues, workers, jobs, migrations].map((table) => `drop table ${table}`),
    },
  ]
}

/** 0 = never migrated. */
export async function readVersion(session: Session, names: SqlNames): Promise<number> {
  const { migrations } = names
  if (!(await isMigrated(session, names))) return 0
  const { rows } = await session.query({ text: `select max(version) as version from ${migrations}` })
  return Number(rows[0]?.version ?? 0)
}

export async function isMigrated(session: Session, { migrations }: SqlNames): Promise<boolean> {
  const { rowCount } = await session.query({ text: 'select where to_regclass($1) is not null' }, [migrations])
  return rowCount > 0
}

/** `create schema if not exists` wants the right to create one even where it exists. */
export async function isSchemaThere(session: Session, schema: string): Promise<boolean> {
  const { rowCount } = await session.query({ text: 'select from pg_catalog.pg_namespace where nspname = $1' }, [schema])
  return rowCount > 0
}
