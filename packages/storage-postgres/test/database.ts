import { randomBytes } from 'node:crypto'
import { Client } from 'pg'

const given = process.env.DBJOBQ_POSTGRES_URL
if (!given) throw new Error('DBJOBQ_POSTGRES_URL is not set: the tests of this package need a PostgreSQL server.')
export const url = given

/** A name that no other run has. */
export function freshName(): string {
  return `dbjobq_test_${randomBytes(6).toString('hex')}`
}

/** Runs `work` on a connection of its own. */
export async function withClient<T>(work: (client: Client) => Promise<T>, to = url): Promise<T> {
  const client = new Client(to)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export function execute(...statements: string[]): Promise<void> {
  return withClient(async (client) => {
    for (const statement of statements) await client.query(statement)
  })
}

/** The url with another user. */
export function urlOf(user: string, password: string): string {
  const other = new URL(url)
  other.username = user
  other.password = password
  return other.href
}
