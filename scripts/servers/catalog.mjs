// @ts-check
import { mongo } from './mongo.mjs'
import { mariadb, mysql } from './mysql-family.mjs'
import { postgres } from './postgres.mjs'

/**
 * Gets the binaries and makes a new data folder. `run` starts the server there, again too, without waiting until it answers;
 * `prepare` is for a server that runs and has no data yet.
 * @typedef {(context: { keeper: import('./keep.mjs').Keeper, cache: import('./cache.mjs').Cache, label: string }) =>
 *   Promise<{ run: () => import('./keep.mjs').Running, url: string, prepare?: () => Promise<void> }>} Starter
 */

/** The servers we know how to have. */
export const catalog = {
  postgres18: postgres('18.4.0-beta.17'),
  postgres13: postgres('13.23.0-beta.16'),
  mariadb10: mariadb('bookworm'),
  mysql9: mysql('sid'),
  'mongo-standalone': mongo('standalone'),
  'mongo-replicaset': mongo('replicaSet'),
  'mongo-auth': mongo('auth'),
  'mongo-replicaset-auth': mongo('replicaSetAuth'),
  'mongo-member': mongo('member'),
}

/** @typedef {keyof typeof catalog} ServerName */
