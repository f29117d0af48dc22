import { DbjobqError } from '@dbjobq/core/storage'
import { MongoClient } from 'mongodb'

export type MongoStorageOptions =
  | {
      /** `mongodb://` or `mongodb+srv://`. */
      url: string
      /** Default: the one that the URL names, else `dbjobq`. */
      database?: string
      /** Of all collections: 1 to 40 of `[A-Za-z0-9_-]`. Default `dbjobq_`. */
      prefix?: string
      /** ms, 1 to 2,147,483,647: no call takes longer. Default 15,000. */
      callTimeout?: number
    }
  | {
      /** Yours: `close()` leaves it open. Its sessions can be passed as `tx`. */
      client: MongoClient
      /** Default: the client's own. */
      database?: string
      prefix?: string
      callTimeout?: number
    }

export interface Target {
  client: MongoClient
  ownsClient: boolean
  database: string
  prefix: string
  callTimeout: number
}

const known = ['url', 'client', 'database', 'prefix', 'callTimeout']
const longestTimer = 2 ** 31 - 1
/** ms: how long to look for a primary. Long enough for most elections, short enough that an enqueue on a dead server fails soon. */
const serverSelectionTimeout = 5_000

/** @throws DbjobqError INVALID_OPTION */
export function toTarget(urlOrOptions: string | MongoStorageOptions): Target {
  const options: Record<string, unknown> = toObject(urlOrOptions)
  const unknown = Object.keys(options).find((name) => !known.includes(name))
  if (unknown !== undefined) refuse(`MongoStorage has no option "${unknown}". It knows: ${known.join(', ')}.`)
  const callTimeout = toCallTimeout(options.callTimeout ?? 15_000)
  const prefix = toPrefix(options.prefix ?? 'dbjobq_')
  if ((options.url === undefined) === (options.client === undefined)) refuse('MongoStorage takes either `url` or `client`.')
  if (options.client !== undefined) {
    const client = toClient(options.client)
    return { client, ownsClient: false, database: toDatabase(options.database ?? client.db().databaseName), prefix, callTimeout }
  }
  const url = toUrl(options.url)
  const database = options.database === undefined ? undefined : toDatabase(options.database)
  const client = createClient(url, callTimeout)
  return { client, ownsClient: true, database: database ?? (namesDatabase(url) ? client.db().databaseName : 'dbjobq'), prefix, callTimeout }
}

function toObject(urlOrOptions: unknown): Record<string, unknown> {
  if (typeof urlOrOptions === 'string') return { url: urlOrOptions }
  if (typeof urlOrOptions !== 'object' || urlOrOptions === null) return refuse('MongoStorage takes a URL or an object of options.')
  return Object.fromEntries(Object.entries(urlOrOptions).filter(([, value]) => value !== undefined))
}

function toUrl(url: unknown): string {
  if (typeof url !== 'string' || !/^mongodb(\+srv)?:\/\/./.test(url)) {
    return refuse('`url` must begin with mongodb:// or mongodb+srv://, as in mongodb://127.0.0.1:27017/app.')
  }
  return url
}

function toClient(client: unknown): MongoClient {
  const isClient = typeof client === 'object' && client !== null && 'db' in client && 'startSession' in client
  return isClient ? (client as MongoClient) : refuse('`client` must be a MongoClient of the package mongodb.')
}

function toDatabase(database: unknown): string {
  // The server's own rule; the length is in bytes.
  if (typeof database !== 'string' || !/^[^/\\. "$*<>:|?\0]+$/.test(database) || Buffer.byteLength(database) > 63) {
    return refuse('`database` must be 1 to 63 bytes without / \\ . " $ * < > : | ? and blanks.')
  }
  return database
}

function toPrefix(prefix: unknown): string {
  if (typeof prefix !== 'string' || !/^[A-Za-z0-9_-]{1,40}$/.test(prefix)) {
    return refuse('`prefix` must be 1 to 40 of the characters A-Z a-z 0-9 _ -.')
  }
  return prefix
}

function toCallTimeout(callTimeout: unknown): number {
  if (!Number.isInteger(callTimeout) || (callTimeout as number) < 1 || (callTimeout as number) > longestTimer) {
    return refuse(`callTimeout must be 1 to ${longestTimer} ms, a whole number, not ${String(callTimeout)}.`)
  }
  return callTimeout as number
}

function createClient(url: string, callTimeout: number): MongoClient {
  // The driver lets these win over the URL; here the URL wins.
  const defaults = {
    appName: 'dbjobq',
    serverSelectionTimeoutMS: Math.min(serverSelectionTimeout, callTimeout),
    connectTimeoutMS: Math.min(serverSelectionTimeout, callTimeout),
    // Frees the connections of calls that a frozen server will never answer.
    socketTimeoutMS: callTimeout,
    waitQueueTimeoutMS: callTimeout,
  }
  const given = new Set([...(url.split('?')[1] ?? '').matchAll(/([^&=]+)=/g)].map(([, name]) => name?.toLowerCase()))
  try {
    return new MongoClient(url, Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase()))))
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DbjobqError('INVALID_OPTION', `\`url\` is not a MongoDB connection string: ${reason}`, { cause })
  }
}

function namesDatabase(url: string): boolean {
  return /^mongodb(\+srv)?:\/\/[^/]+\/[^?]/.test(url)
}

function refuse(message: string): never {
  throw new DbjobqError('INVALID_OPTION', message)
}
