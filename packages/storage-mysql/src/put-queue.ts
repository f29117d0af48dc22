import type { QueueRow } from '@dbjobq/core/storage'
import type { Session } from './session.js'
import type { Tables } from './tables.js'

export async function putQueue(session: Session, { quoted }: Tables, { name, pausedAt, settings }: QueueRow): Promise<void> {
  await session.write(
    `insert into ${quoted.queues} (name, paused_at, settings) values (?, ?, ?)
    on duplicate key update paused_at = values(paused_at), settings = values(settings)`,
    [name, pausedAt, settings],
  )
}
