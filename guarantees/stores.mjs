// @ts-check
// The columns of docs/guarantees.md: the targets of `npm test`, and the names by which the cases speak of them.

/** @typedef {{ target: string, title: string, names: string[] }} Column target: its name in `npm test`; names: by which the cases mean it */

/** @type {Column[]} */
export const columns = [
  { target: 'postgres18', title: 'PG 18', names: ['postgres', 'server', 'database'] },
  { target: 'postgres13', title: 'PG 13', names: ['postgres', 'server', 'database'] },
  { target: 'mysql9', title: 'MySQL 9', names: ['mysql', 'server', 'database'] },
  { target: 'mariadb10', title: 'MariaDB 10', names: ['mysql', 'server', 'database'] },
  { target: 'sqlite', title: 'SQLite', names: ['sqlite', 'database'] },
  { target: 'mongo-replicaset', title: 'Mongo set', names: ['mongo', 'replicaset', 'server', 'database'] },
  { target: 'mongo-standalone', title: 'Mongo alone', names: ['mongo', 'standalone', 'server', 'database'] },
  { target: 'memory', title: 'memory', names: ['memory'] },
]

/** Where tests of core itself run: what they show holds on every store. */
export const coreTarget = 'memory'
