import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { expectStorageError } from '../expect-error.js'

export const describeCases: ConformanceCase[] = [
  {
    id: 'describe/migrated',
    title: 'tells its name, its server and the same schema found as wanted once it is migrated',
    proves: ['describe.schema'],
    async run({ storage }) {
      const info = await storage.describe()
      assert.equal(storage.contractVersion, 1)
      assert.match(info.name, /^[a-z][a-z0-9-]*$/)
      assert.notEqual(info.server, '')
      assert.equal(typeof info.transactions, 'boolean')
      assert.equal(info.schema.found, info.schema.wanted)
      assert.ok(Number.isInteger(info.schema.wanted) && info.schema.wanted > 0, 'versions are counted from 1')
    },
  },
  {
    id: 'describe/never-migrated',
    title: 'tells schema 0 when it was never migrated',
    proves: ['describe.schema'],
    async run({ storage, open }) {
      const { wanted } = (await storage.describe()).schema
      await storage.migrate({ to: 0 })
      assert.deepEqual((await storage.describe()).schema, { found: 0, wanted })
      assert.deepEqual((await (await open()).describe()).schema, { found: 0, wanted })
    },
  },
  {
    id: 'describe/too-new',
    title: 'refuses a schema that newer code left',
    proves: ['describe.too-new', 'errors.typed'],
    needs: ['schema-version'],
    async run({ storage, subject, open }) {
      const { wanted } = (await storage.describe()).schema
      await subject.setSchemaVersion?.(wanted + 1)
      await expectStorageError((await open()).describe(), 'SCHEMA_TOO_NEW', 'describe of a schema one version newer')
      await subject.setSchemaVersion?.(wanted + 1000)
      await expectStorageError((await open()).describe(), 'SCHEMA_TOO_NEW', 'describe of a schema 1,000 versions newer')
    },
  },
  {
    id: 'describe/transactions',
    title: 'has `transaction` if and only if it says that it has transactions',
    proves: [],
    async run({ storage }) {
      const { transactions } = await storage.describe()
      assert.equal(storage.transaction !== undefined, transactions)
    },
  },
]
