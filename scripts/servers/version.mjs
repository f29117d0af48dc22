// @ts-check
import { MongoClient } from 'mongodb'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'

/**
 * Asks a server for its version, and so whether it can be used at all.
 * @param {string} url
 * @returns {Promise<string>}
 */
export async function askVersion(url) {
  const scheme = new URL(url.split(',')[0] ?? url).protocol
  if (/^postgres(ql)?:$/.test(scheme)) return askPostgres(url)
  if (/^(mysql|mariadb):$/.test(scheme)) return askMysql(url)
  if (/^mongodb(\+srv)?:$/.test(scheme)) return askMongo(url)
  throw new Error(`no database is known by ${scheme}//`)
}

/** @param {string} url */
async function askPostgres(url) {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  client.on('error', () => {}) // a connection that breaks also rejects the call below
  try {
    await client.connect()
    const { rows } = await client.query('SHOW server_version')
    return String(rows[0].server_version).split(' ')[0] ?? ''
  } finally {
    await client.end()
  }
}

/** @param {string} url */
async function askMysql(url) {
  const connection = await createConnection({ uri: url.replace(/^mariadb:/, 'mysql:'), connectTimeout: 5_000 })
  try {
    const [rows] = await connection.query('SELECT VERSION() AS version')
    return String(/** @type {{ version: string }[]} */ (rows)[0]?.version)
  } finally {
    await connection.end()
  }
}

/** @param {string} url */
async function askMongo(url) {
  const client = new MongoClient(url, { serverSelectionTimeoutMS: 5_000 })
  try {
    await client.db().command({ ping: 1 })
    return String((await client.db().command({ buildInfo: 1 })).version)
  } finally {
    await client.close()
  }
}
