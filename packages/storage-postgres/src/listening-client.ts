import type { Knex } from 'knex'
import type { ListeningClient } from './listening-connection.js'

/** What `pg` takes, or what Knex takes in its place. */
type Given = string | Knex.PgConnectionConfig | (() => Given | Promise<Given>)

interface KnexClient {
  config: { connection?: Given }
  driver?: { Client: new (settings: object) => ListeningClient }
}

/**
 * How to make a connection beside Knex's pool, with its driver: to `connection`, or to where Knex connects. Undefined for a Knex that does
 * not say (one that was handed a pool).
 */
export function listeningClient(knex: Knex, connection?: Knex.PgConnectionConfig): (() => Promise<ListeningClient>) | undefined {
  const { config, driver } = knex.client as KnexClient
  const given = connection ?? config.connection
  if (driver === undefined || given === undefined) return undefined
  return async () => {
    const settings = await settingsOf(given)
    // Knex hides the password from a copy.
    const { password } = settings
    return new driver.Client({ ...settings, ...(password === undefined ? {} : { password }), keepAlive: true })
  }
}

async function settingsOf(given: Given): Promise<Knex.PgConnectionConfig> {
  if (typeof given === 'function') return settingsOf(await given())
  return typeof given === 'string' ? { connectionString: given } : given
}
