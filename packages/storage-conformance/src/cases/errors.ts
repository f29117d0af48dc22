import assert from 'node:assert/strict'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { expectStorageError } from '../expect-error.js'
import { memberCalls } from '../member-calls.js'

export const errorsCases: ConformanceCase[] = [
  {
    id: 'errors/unmigrated',
    title: 'rejects every call with SCHEMA_OUTDATED when it was never migrated, and works after it was',
    proves: ['errors.unmigrated', 'errors.typed'],
    async run({ storage, open }) {
      await storage.migrate({ to: 0 })
      for (const one of [await open(), storage]) {
        for (const [member, call] of Object.entries(memberCalls(one))) await expectStorageError(call(), 'SCHEMA_OUTDATED', member)
      }
      await storage.migrate()
      for (const call of Object.values(memberCalls(storage))) await call()
    },
  },
  {
    id: 'errors/unmigrated-transactions',
    title: 'rejects calls in a transaction of its own with SCHEMA_OUTDATED too when it was never migrated',
    proves: ['errors.unmigrated'],
    needs: ['transactions'],
    async run({ storage, open }) {
      await storage.migrate({ to: 0 })
      const one = await open()
      const call = one.transaction?.((tx: unknown) => one.deleteJobs(['00000000-0000-7000-8000-000000000000'], { tx }))
      await expectStorageError(call ?? assert.fail(), 'SCHEMA_OUTDATED', 'deleteJobs in a transaction')
    },
  },
  {
    id: 'errors/unavailable',
    title: 'rejects every call with UNAVAILABLE within 20 s when its server cannot be reached, and closes',
    proves: ['errors.unavailable', 'errors.typed'],
    needs: ['unreachable'],
    timeout: 60_000,
    async run({ subject }) {
      const storage = (await subject.unreachable?.()) ?? assert.fail()
      const calls = {
        ...memberCalls(storage as AnyStorage),
        describe: () => storage.describe(),
        migrate: () => storage.migrate(),
        serverTime: () => storage.serverTime(),
        ...(storage.transaction ? { transaction: () => storage.transaction?.(() => Promise.resolve()) ?? assert.fail() } : {}),
      }
      const started = performance.now()
      await Promise.all(
        Object.entries(calls).map(async ([member, call]) => {
          await expectStorageError(call(), 'UNAVAILABLE', member)
          const elapsed = performance.now() - started
          assert.ok(elapsed < 20_000, `${member} took ${Math.round(elapsed)} ms`)
        }),
      )
      await storage.close()
    },
  },
]
