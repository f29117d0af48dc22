import type { MigrationStep } from '@dbjobq/storage-sql'
import { quote, type MysqlTableNames } from './tables.js'

const name = 'varchar(128) character set ascii collate ascii_bin'
const id = 'char(36) character set ascii collate ascii_bin'
const text = 'longtext character set utf8mb4 collate utf8mb4_bin'
const engine = 'engine = InnoDB row_format = dynamic default character set utf8mb4 collate utf8mb4_bin'

/**
 * Data definition commits by itself here, so each statement can be run again after a migrator was killed.
 * - Times are bigint ms: a datetime comes back changed through a pool with a time zone.
 * - Names are ascii_bin, keys binary: other collations take `a ` for `a`.
 * - `claim_rank` is the priority negated, since MariaDB before 10.8 has no descending index.
 * - `due_at` is when a waiting job is promoted or a finished one pruned; null while it runs, so one index serves promotion, pruning and
 *   (by `worker_id`) the heartbeat; with `run_at` at its end also counts by status.
 */
export function migrationSteps(tables: MysqlTableNames): MigrationStep[] {
  const jobs = quote(tables.jobs)
  const workers = quote(tables.workers)
  const queues = quote(tables.queues)
  const states = quote(tables.states)
  const pulses = quote(tables.pulses)
  const migrations = quote(tables.migrations)
  const readable = quote(`${tables.jobs}_readable`)
  return [
    {
      version: 1,
      name: 'initial',
      up: [
        `create table if not exists ${migrations} (version int not null primary key, name varchar(128) not null, applied_at bigint not null) ${engine}`,
        `create table if not exists ${jobs} (
  id ${id} not null primary key,
  queue ${name} not null,
  type ${name} not null,
  group_key ${name},
  priority smallint not null,
  status enum('scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled') character set ascii collate ascii_bin not null,
  run_at bigint not null,
  unique_key varbinary(128),
  key_until enum('claim', 'settlement') character set ascii collate ascii_bin not null,
  data ${text} not null,
  options ${text} not null,
  attempts int not null default 0,
  claim_id ${id},
  worker_id ${name},
  started_at bigint,
  finished_at bigint,
  delete_at bigint,
  cancel_requested_at bigint,
  progress ${text},
  result ${text},
  errors ${text},
  claim_rank int as (-priority) stored,
  due_at bigint as (case when status = 'scheduled' then run_at when status in ('completed', 'failed', 'cancelled') then delete_at end) stored,
  unique key unique_key (unique_key),
  key claim (queue, status, claim_rank, run_at, id),
  key due (status, due_at, worker_id, run_at)
) ${engine}`,
        `create table if not exists ${workers} (id ${name} not null primary key, lease_until bigint not null, info ${text} not null) ${engine}`,
        `create table if not exists ${queues} (name ${name} not null primary key, paused_at bigint, settings ${text}) ${engine}`,
        `create table if not exists ${states} (
  kind ${name} not null,
  id varbinary(512) not null,
  revision bigint not null,
  due_at bigint,
  text ${text} not null,
  primary key (kind, id)
) ${engine}`,
        `create table if not exists ${pulses} (
  id bigint unsigned not null auto_increment primary key,
  hints varchar(4000) character set utf8mb4 collate utf8mb4_bin not null,
  sent_at bigint not null
) ${engine}`,
        readableView(readable, jobs),
        `insert into ${migrations} (version, name, applied_at) values (1, 'initial', ${nowInMilliseconds}) on duplicate key update version = version`,
      ],
      down: [
        `drop view if exists ${readable}`,
        ...[pulses, states, queues, workers, jobs, migrations].map((table) => `drop table if exists ${table}`),
      ],
    },
  ]
}

/** UTC, whatever the session's time zone. */
export const nowInMilliseconds = `timestampdiff(microsecond, '1970-01-01', utc_timestamp(6)) div 1000`

/** The jobs as a person reads them: times as datetime(3) in UTC, keys as text. */
function readableView(view: string, jobs: string): string {
  const asTime = (milliseconds: string, column: string) =>
    `cast(timestampadd(microsecond, ${milliseconds} * 1000, cast('1970-01-01' as datetime(6))) as datetime(3)) as ${column}`
  const created = `conv(concat(left(id, 8), substring(id, 10, 4)), 16, 10)`
  return `create or replace sql security invoker view ${view} as select
  id, queue, type, group_key, priority, status, attempts, convert(unique_key using ascii) as unique_key, key_until, claim_id, worker_id,
  ${asTime(created, 'created_at')},
  ${['run_at', 'started_at', 'finished_at', 'delete_at', 'cancel_requested_at'].map((column) => asTime(column, column)).join(',\n  ')},
  data, options, progress, result, errors
from ${jobs}`
}
