import { createHash } from 'node:crypto'
import type { RawRow } from '@dbjobq/storage-sql'
import type { RawClient } from './transaction.js'

export interface Statement {
  /** With a name the server parses and plans it once a connection. */
  name?: string
  text: string
}

export interface Answer {
  rows: RawRow[]
  /** Rows written, or read. */
  rowCount: number
}

/** The name is made from the text: two storages, or two versions of this one, may share a connection. */
export function prepared(text: string): Statement {
  return { name: `dbjobq_${createHash('sha1').update(text).digest('hex').slice(0, 16)}`, text }
}

/** One connection for the time of one call. */
export class Session {
  readonly #client: RawClient
  readonly #named: boolean

  /** `named`: prepared statements keep their names. Not in a caller's transaction: nothing is left behind there, and a retry is not ours. */
  constructor(client: RawClient, named: boolean) {
    this.#client = client
    this.#named = named
  }

  async query({ name, text }: Statement, values: unknown[] = []): Promise<Answer> {
    const { rows, rowCount } = await this.#client.query(name !== undefined && this.#named ? { name, text, values } : { text, values })
    return { rows, rowCount: rowCount ?? 0 }
  }
}
