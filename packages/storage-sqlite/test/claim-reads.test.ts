import { claimRequest } from '@dbjobq/storage-conformance/factories'
import { tableNames } from '@dbjobq/storage-sql'
import { SqliteStorage } from '@dbjobq/storage-sqlite'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { Connection } from '../src/connection.js'
import { canClaim, claimJobs } from '../src/statements/claim.js'
import { newJobs } from './factories.js'
import { temporaryFile } from './temporary-file.js'

it.each([undefined, ['noop']])('a claim meets no scheduled job on its way, by the types %j', async (types) => {
  using file = temporaryFile()
  const { filename } = file
  const storage = new SqliteStorage(filename)
  await storage.migrate()
  await storage.insertJobs(newJobs(500, { status: 'scheduled', priority: 100, runAt: 0 }))
  await storage.insertJobs(newJobs(10))
  const statements: string[] = []
  const database = new Database(filename, { verbose: (text) => statements.push(String(text)) })
  const connection = new Connection(database, tableNames('dbjobq_'))
  const request = claimRequest({ limit: 5, queues: [{ name: 'default', limit: 5, ...(types && { types }) }] })
  expect(canClaim(connection, request)).toBe(true)
  expect(claimJobs(connection, request).jobs).toHaveLength(5)
  const asked = statements.filter((text) => text.includes('dbjobq_jobs'))
  expect(asked).toHaveLength(3)
  for (const text of asked) {
    const plan = database.prepare<[], { detail: string }>(`explain query plan ${text}`).all()
    const steps = plan.map(({ detail }) => detail).filter((detail) => detail.includes('dbjobq_jobs'))
    expect(steps.filter((step) => !step.includes('(rowid=?)'))).toEqual([
      expect.stringMatching(/^SEARCH dbjobq_jobs USING (COVERING )?INDEX dbjobq_jobs_pending \(queue=\?\)$/),
    ])
    expect(plan.filter(({ detail }) => detail.includes('TEMP B-TREE'))).toEqual([])
  }
  database.close()
  await storage.close()
})
