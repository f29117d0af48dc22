// @ts-check
// Who may build on whom. The drawing with its reasons is in docs/architecture.md.

/**
 * What each package may import of the others.
 * @type {Record<string, string[]>}
 */
export const arrows = {
  core: [],
  'storage-sql': ['core'],
  'storage-postgres': ['core', 'storage-sql'],
  'storage-mysql': ['core', 'storage-sql'],
  'storage-sqlite': ['core', 'storage-sql'],
  'storage-mongo': ['core'],
  'storage-conformance': ['core'],
  'failure-lab': ['core', 'storage-conformance'],
  simulation: ['core', 'storage-conformance', 'failure-lab'],
  metrics: ['core'],
  dashboard: ['core'],
  cli: ['core'],
}

/**
 * What the tests of a package may import of the others beside that.
 * @param {string} name of the package
 */
export const testArrows = (name) => {
  if (name === 'failure-lab') return ['storage-postgres', 'storage-mysql', 'storage-sqlite', 'storage-mongo']
  return name.startsWith('storage-') ? ['storage-conformance'] : []
}

/**
 * Libraries that only some packages may know, in their sources. The tests of a package may use any that it declares, core's none.
 * @type {Record<string, string[]>}
 */
export const drivers = {
  knex: ['storage-sql', 'storage-postgres', 'storage-mysql'],
  pg: ['storage-postgres'],
  mysql2: ['storage-mysql'],
  'better-sqlite3': ['storage-sqlite'],
  mongodb: ['storage-mongo'],
}

/**
 * The folders of core's sources: which of them each may import, and for the pure one also which of everything else. Files beside the
 * folders are entry points and may import any.
 * @type {Record<string, { folders: string[], others?: string[] }>}
 */
export const coreFolders = {
  model: { folders: ['model'], others: ['node:crypto', '@standard-schema/spec', 'croner'] }, // a hash, a type and a calendar are pure; a clock or a socket is not
  memory: { folders: ['memory', 'model'] },
  runtime: { folders: ['runtime', 'model'] },
  testing: { folders: ['testing', 'runtime', 'memory', 'model'] },
}
