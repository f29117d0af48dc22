import type { MigrationStep, TableNames } from '@dbjobq/storage-sql'
import type { Connection, StatementText } from './connection.js'

export const newestVersion = 1

/** Times are epoch ms; the tables are STRICT, so a number stays a number. Partial indexes hold only the rows that their reader wants. */
export function migrationSteps({ jobs, workers, queues, states, migrations }: TableNames): MigrationStep[] {
  return [
    {
      version: 1,
      name: 'initial',
      up: [
        `create table "${migrations}" (version integer primary key, name text not null, applied_at integer not null) strict`,
        `create table "${jobs}" (
  id text not null primary key,
  queue text not null,
  type text not null,
  group_key text,
  priority integer not null,
  status text not null,
  run_at integer not null,
  unique_key text,
  key_until text not null,
  data text not null,
  options text not null,
  attempts integer not null default 0,
  claim_id text,
  worker_id text,
  started_at integer,
  finished_at integer,
  delete_at integer,
  cancel_requested_at integer,
  progress text,
  result text,
  errors text
) strict`,
        // claimJobs, in its order
        `create index "${jobs}_pending" on "${jobs}" (queue, priority desc, run_at, id) where status = 'pending'`,
        // promoteJobs: future jobs stay out of the way of claims
        `create index "${jobs}_scheduled" on "${jobs}" (run_at, id) where status = 'scheduled'`,
        // findOrphans in its order, and heartbeat: running jobs are few, so one index serves both
        `create index "${jobs}_running" on "${jobs}" (id, worker_id) where status = 'running'`,
        // findJobs and countJobs by status. Not `in (…)`: SQLite builds that list anew with each write, which took a third of its rate
        `create index "${jobs}_finished" on "${jobs}" (status, id) where status = 'completed' or status = 'failed' or status = 'cancelled'`,
        // pruneJobs
        `create index "${jobs}_delete_at" on "${jobs}" (delete_at) where delete_at is not null`,
        `create unique index "${jobs}_unique_key" on "${jobs}" (unique_key) where unique_key is not null`,
        `create index "${jobs}_group_key" on "${jobs}" (group_key, id) where group_key is not null`,
        `create table "${workers}" (id text not null primary key, lease_until integer not null, info text not null) strict, without rowid`,
        `create table "${queues}" (name text not null primary key, paused_at integer, settings text) strict, without rowid`,
        `create table "${states}" (
  kind text not null,
  id text not null,
  revision integer not null,
  due_at integer,
  text text not null,
  primary key (kind, id)
) strict, without rowid`,
        `insert into "${migrations}" (version, name, applied_at) values (1, 'initial', unixepoch() * 1000)`,
      ],
      down: [states, queues, workers, jobs, migrations].map((table) => `drop table "${table}"`),
    },
  ]
}

const selectTable: StatementText = ({ migrations }) => `select 1 from sqlite_schema where type = 'table' and name = '${migrations}'`
const selectVersion: StatementText = ({ migrations }) => `select max(version) as version from "${migrations}"`

/** 0 = never migrated. */
export function readVersion(connection: Connection): number {
  if (connection.prepare(selectTable).get() === undefined) return 0
  return connection.prepare<{ version: number | null }>(selectVersion).get()?.version ?? 0
}
