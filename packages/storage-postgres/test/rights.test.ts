import { applicationCases, testStorage } from '@dbjobq/storage-conformance'
import { PostgresStorage } from '@dbjobq/storage-postgres'
import { afterAll, describe, expect, it } from 'vitest'
import { execute, freshName, url, urlOf } from './database.js'
import { newJob } from './jobs.js'

const [schema, role] = [freshName(), freshName()]
const admin = new PostgresStorage({ url, schema })
const tables = ['jobs', 'workers', 'queues', 'states'].map((table) => `${schema}.dbjobq_${table}`).join(', ')
const open = (): PostgresStorage => new PostgresStorage({ url: urlOf(role, 'secret'), schema })

/** What docs/operating.md says. */
await admin.migrate()
await execute(
  `create role ${role} login password 'secret'`,
  `grant usage on schema ${schema} to ${role}`,
  `grant select, insert, update, delete on all tables in schema ${schema} to ${role}`,
)

afterAll(async () => {
  await admin.close()
  await execute(`drop schema ${schema} cascade`, `drop role ${role}`)
})

describe('for a role that may only read and write the tables', async () => {
  await testStorage({
    cases: applicationCases,
    describe,
    it,
    open: () => Promise.resolve(open()),
    reset: () => execute(`truncate ${tables}`),
    transactions: {},
  })

  it('tells which right is missing as FORBIDDEN', async () => {
    const storage = open()
    await expect(storage.migrate({ to: 0 })).rejects.toMatchObject({ code: 'FORBIDDEN', applied: 'no' })
    await execute(`revoke insert on ${schema}.dbjobq_jobs from ${role}`)
    await expect(storage.insertJobs([newJob()])).rejects.toMatchObject({ code: 'FORBIDDEN', retryable: false, applied: 'no' })
    await expect(storage.insertJobs([newJob()])).rejects.toThrow(/Grant.*permission denied for table dbjobq_jobs/)
    await storage.close()
  })
})
