import assert from 'node:assert/strict'
import { DbjobqError } from '@dbjobq/core/storage'
import type { ConformanceCase } from '../case.js'
import { expectStorageError, rejectionOf } from '../expect-error.js'
import { claimRequest, findJob, newJob } from '../factories.js'

export const migrateCases: ConformanceCase[] = [
  {
    id: 'migrate/answers-all',
    title: 'answers all known migrations, oldest first, with texts that a database administrator can run',
    proves: [],
    async run({ storage }) {
      const migrations = await storage.migrate()
      const { wanted } = (await storage.describe()).schema
      assert.deepEqual(
        migrations.map(({ version }) => version),
        Array.from({ length: wanted }, (_, index) => index + 1),
      )
      for (const { name, up, down, applied } of migrations) {
        assert.ok(applied, `${name} is applied`)
        assert.ok(
          [name, up, down].every((text) => text.trim() !== ''),
          `${name} has a name and both texts`,
        )
      }
    },
  },
  {
    id: 'migrate/again',
    title: 'leaves what is there alone when it is migrated again',
    proves: [],
    async run({ storage, open }) {
      const job = newJob({ uniqueKey: 'kept' })
      await storage.insertJobs([job])
      await storage.migrate()
      await (await open()).migrate()
      assert.equal((await findJob(storage, job.id)).uniqueKey, 'kept')
    },
  },
  {
    id: 'migrate/unknown-version',
    title: 'refuses a version that it does not know with INVALID_OPTION, and changes nothing',
    proves: ['migrate.unknown'],
    async run({ storage }) {
      const job = newJob()
      await storage.insertJobs([job])
      const { found, wanted } = (await storage.describe()).schema
      for (const to of [-1, 0.5, wanted + 1, Number.NaN]) {
        for (const dryRun of [false, true]) {
          const error = await rejectionOf(storage.migrate({ to, dryRun }), `migrate to ${to}`)
          assert.ok(DbjobqError.isInstance(error, 'INVALID_OPTION'), `migrate to ${to}: ${String(error)}`)
        }
      }
      assert.equal((await storage.describe()).schema.found, found)
      assert.equal((await findJob(storage, job.id)).id, job.id)
    },
  },
  {
    id: 'migrate/dry-run-up',
    title: 'writes nothing in a dry run on an empty database',
    proves: ['migrate.dry-run'],
    async run({ storage }) {
      await storage.migrate({ to: 0 })
      const migrations = await storage.migrate({ dryRun: true })
      assert.ok(migrations.length > 0)
      assert.ok(migrations.every(({ applied }) => !applied))
      assert.equal((await storage.describe()).schema.found, 0)
      await expectStorageError(storage.insertJobs([newJob()]), 'SCHEMA_OUTDATED', 'insertJobs after a dry run')
    },
  },
  {
    id: 'migrate/dry-run-down',
    title: 'removes nothing in a dry run',
    proves: ['migrate.dry-run'],
    async run({ storage }) {
      const job = newJob()
      await storage.insertJobs([job])
      const migrations = await storage.migrate({ to: 0, dryRun: true })
      assert.ok(migrations.every(({ applied }) => applied))
      const { found, wanted } = (await storage.describe()).schema
      assert.equal(found, wanted)
      assert.equal((await findJob(storage, job.id)).id, job.id)
    },
  },
  {
    id: 'migrate/down-and-up',
    title: 'removes all of its own on the way to 0, twice if asked, and is whole after the way up',
    proves: ['migrate.down'],
    async run({ storage }) {
      const job = newJob({ uniqueKey: 'before' })
      await storage.insertJobs([job])
      await storage.putQueue({ name: 'default', pausedAt: 1, settings: null })
      await storage.putState({ kind: 'schedule', id: 'a', dueAt: 1, text: '{}' }, null)
      await storage.heartbeat({ workerId: 'w', info: '{}', now: 1, leaseUntil: 2, first: true })
      for (const time of ['first', 'second']) {
        const migrations = await storage.migrate({ to: 0 })
        assert.ok(
          migrations.every(({ applied }) => !applied),
          `the ${time} time`,
        )
        assert.equal((await storage.describe()).schema.found, 0, `the ${time} time`)
      }
      await storage.migrate()
      assert.deepEqual(await storage.findJobs({}, { limit: 10 }), [])
      assert.deepEqual(await storage.findQueues(), [])
      assert.deepEqual(await storage.findStates({ kind: 'schedule' }, { limit: 10 }), [])
      assert.deepEqual(await storage.findWorkers(), [])
      assert.deepEqual(await storage.insertJobs([{ ...job, status: 'pending' }]), [{ inserted: true, id: job.id }])
      assert.equal((await storage.claimJobs(claimRequest())).jobs.length, 1)
    },
  },
  {
    id: 'migrate/step-by-step',
    title: 'goes to each version, up and down, and says so',
    proves: ['migrate.down'],
    async run({ storage }) {
      const { wanted } = (await storage.describe()).schema
      const steps = Array.from({ length: wanted + 1 }, (_, version) => version)
      for (const to of [...steps.toReversed(), ...steps]) {
        const migrations = await storage.migrate({ to })
        for (const { version, applied } of migrations) assert.equal(applied, version <= to, `version ${version} on the way to ${to}`)
        assert.equal((await storage.describe()).schema.found, to)
      }
      assert.equal((await storage.insertJobs([newJob()])).length, 1)
    },
  },
  {
    id: 'migrate/race',
    title: 'is migrated by ten at once without an error',
    proves: ['migrate.race'],
    async run({ storage, open }) {
      const migrators = await Promise.all(Array.from({ length: 10 }, () => open()))
      for (let round = 1; round <= 2; round++) {
        await storage.migrate({ to: 0 })
        const answers = await Promise.all(migrators.map((migrator) => migrator.migrate()))
        for (const answer of answers) {
          assert.deepEqual(
            answer.map(({ version, applied }) => [version, applied]),
            answers[0]?.map(({ version }) => [version, true]),
            `round ${round}`,
          )
        }
        const { found, wanted } = (await storage.describe()).schema
        assert.equal(found, wanted)
        assert.equal(
          (await storage.insertJobs([newJob({ uniqueKey: 'a' }), newJob({ uniqueKey: 'a' })])).filter((answer) => answer.inserted).length,
          1,
        )
      }
    },
  },
  {
    id: 'migrate/too-new',
    title: 'refuses to migrate a schema that newer code left, in any direction, and leaves it as it is',
    proves: ['migrate.too-new', 'errors.typed'],
    needs: ['schema-version'],
    async run({ storage, subject, open }) {
      const { wanted } = (await storage.describe()).schema
      const job = newJob()
      await storage.insertJobs([job])
      await subject.setSchemaVersion?.(wanted + 1)
      const older = await open()
      for (const options of [undefined, { to: wanted }, { to: 0 }]) {
        await expectStorageError(older.migrate(options), 'SCHEMA_TOO_NEW', `migrate(${JSON.stringify(options)})`)
      }
      await expectStorageError(older.describe(), 'SCHEMA_TOO_NEW', 'describe after the refusal')
      await subject.setSchemaVersion?.(wanted)
      assert.equal((await findJob(await open(), job.id)).id, job.id)
    },
  },
]
