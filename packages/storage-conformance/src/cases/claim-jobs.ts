import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { claimRequest, findJob, newId, newJob, newJobs, settlement } from '../factories.js'
import { oddNames } from '../odd-texts.js'
import { startJob } from '../running-jobs.js'

export const claimJobsCases: ConformanceCase[] = [
  {
    id: 'claim-jobs/fields',
    title: 'writes the claim and changes nothing else of the job',
    proves: ['claim.fields'],
    async run({ storage }) {
      const job = newJob({ groupKey: 'g', uniqueKey: 'k', priority: -7, runAt: 4_000_000_000_000 })
      await storage.insertJobs([job])
      const before = await findJob(storage, job.id)
      const request = claimRequest({ workerId: 'worker@host:1' })
      const answer = await storage.claimJobs(request)
      const expected = { ...before, status: 'running', claimId: request.claimId, workerId: 'worker@host:1', attempts: 1, startedAt: null }
      assert.deepEqual(answer.jobs, [expected])
      assert.deepEqual(await findJob(storage, job.id), expected)
    },
  },
  {
    id: 'claim-jobs/fields-of-a-second-claim',
    title: 'counts a second claim, resets its start, and keeps progress, errors and a cancel from before',
    proves: ['claim.fields'],
    async run({ storage }) {
      const first = await startJob(storage, { keyUntil: 'settlement', uniqueKey: 'k' })
      const claim = { id: first.id, claimId: first.claimId ?? '' }
      await storage.markJobs([{ ...claim, startedAt: 5, progress: '50 %' }])
      const back = settlement(first, {
        status: 'pending',
        finishedAt: null,
        deleteAt: null,
        result: 'r',
        errors: '["boom"]',
        releaseKey: false,
      })
      await storage.settleJobs([back])
      await storage.updateJobs([{ id: first.id, from: ['pending'], set: { cancelRequestedAt: 9 } }])
      const before = await findJob(storage, first.id)
      assert.equal(before.startedAt, back.startedAt)
      const request = claimRequest({ workerId: 'worker-2' })
      const { jobs } = await storage.claimJobs(request)
      const expected = { ...before, status: 'running', claimId: request.claimId, workerId: 'worker-2', attempts: 2, startedAt: null }
      assert.deepEqual(jobs, [expected])
      assert.equal(jobs[0]?.progress, '50 %')
      assert.deepEqual(await findJob(storage, first.id), expected)
    },
  },
  {
    id: 'claim-jobs/pending-only',
    title: 'hands out pending jobs only',
    proves: ['claim.pending-only'],
    async run({ storage }) {
      await storage.insertJobs([newJob({ status: 'scheduled', runAt: 1 })])
      await startJob(storage)
      for (const status of ['completed', 'failed', 'cancelled', 'scheduled'] as const) {
        await storage.settleJobs([settlement(await startJob(storage), { status })])
      }
      assert.deepEqual(await storage.claimJobs(claimRequest()), { jobs: [], more: false })
    },
  },
  {
    id: 'claim-jobs/runs-at-any-time',
    title: 'does not look at the run-at of a pending job',
    proves: ['claim.pending-only'],
    async run({ storage }) {
      await storage.insertJobs([newJob({ runAt: 0 }), newJob({ runAt: Date.UTC(9999, 11, 31) })])
      assert.equal((await storage.claimJobs(claimRequest())).jobs.length, 2)
    },
  },
  {
    id: 'claim-jobs/paused',
    title: 'skips a paused queue, goes on with the others, and hands its jobs out when it is resumed',
    proves: ['claim.paused'],
    async run({ storage, open }) {
      const other = await open()
      await storage.insertJobs([newJob({ queue: 'a' }), newJob({ queue: 'b' })])
      const queues = ['a', 'b', 'c'].map((name) => ({ name, limit: 10 }))
      await other.putQueue({ name: 'a', pausedAt: 1_700_000_000_000, settings: '{}' })
      await other.putQueue({ name: 'b', pausedAt: null, settings: '{}' })
      const first = await storage.claimJobs(claimRequest({ queues }))
      assert.deepEqual(
        first.jobs.map((row) => row.queue),
        ['b'],
      )
      await other.putQueue({ name: 'a', pausedAt: null, settings: '{}' })
      const second = await storage.claimJobs(claimRequest({ queues }))
      assert.deepEqual(
        second.jobs.map((row) => row.queue),
        ['a'],
      )
    },
  },
  {
    id: 'claim-jobs/paused-since-0',
    title: 'skips a queue that was paused at time 0',
    proves: ['claim.paused'],
    async run({ storage }) {
      await storage.insertJobs([newJob()])
      await storage.putQueue({ name: 'default', pausedAt: 0, settings: null })
      assert.deepEqual((await storage.claimJobs(claimRequest())).jobs, [])
    },
  },
  {
    id: 'claim-jobs/types',
    title: 'hands out only the types asked for, queue by queue',
    proves: ['claim.types'],
    async run({ storage }) {
      await storage.insertJobs(
        ['a', 'b'].flatMap((queue) => ['x', 'y', 'X', 'x.'].map((type, index) => newJob({ queue, type, priority: index, runAt: index }))),
      )
      const queues = [
        { name: 'a', limit: 10, types: ['x', 'absent'] },
        { name: 'b', limit: 10 },
      ]
      const { jobs } = await storage.claimJobs(claimRequest({ queues }))
      assert.deepEqual(
        jobs.map((row) => `${row.queue}:${row.type}`),
        ['a:x', 'b:x.', 'b:X', 'b:y', 'b:x'],
      )
    },
  },
  {
    id: 'claim-jobs/no-types',
    title: 'hands out nothing of a queue for which the list of types is empty',
    proves: ['claim.types'],
    async run({ storage }) {
      await storage.insertJobs([newJob()])
      assert.deepEqual(await storage.claimJobs(claimRequest({ queues: [{ name: 'default', limit: 5, types: [] }] })), {
        jobs: [],
        more: false,
      })
    },
  },
  {
    id: 'claim-jobs/behind-foreign-types',
    title: 'finds a job of its types behind many of other types',
    proves: ['claim.types', 'claim.more'],
    async run({ storage }) {
      const wanted = newJob({ type: 'wanted', priority: -5 })
      await storage.insertJobs([...newJobs(500, { type: 'foreign' }), wanted])
      const found: string[] = []
      for (let more = true; more;) {
        const answer = await storage.claimJobs(claimRequest({ limit: 1, queues: [{ name: 'default', limit: 1, types: ['wanted'] }] }))
        found.push(...answer.jobs.map((row) => row.id))
        more = answer.more && answer.jobs.length > 0
      }
      assert.deepEqual(found, [wanted.id])
    },
  },
  {
    id: 'claim-jobs/key-until-claim',
    title: 'lets the key go at the claim if the job holds it until then, and not otherwise',
    proves: ['claim.key-until-claim'],
    async run({ storage }) {
      const [brief, lasting] = [newJob({ uniqueKey: 'brief', keyUntil: 'claim' }), newJob({ uniqueKey: 'lasting', keyUntil: 'settlement' })]
      await storage.insertJobs([brief, lasting])
      const { jobs } = await storage.claimJobs(claimRequest())
      assert.deepEqual(
        new Map(jobs.map((row) => [row.id, row.uniqueKey])),
        new Map([
          [brief.id, null],
          [lasting.id, 'lasting'],
        ]),
      )
      assert.equal((await findJob(storage, brief.id)).uniqueKey, null)
      const again = newJob({ uniqueKey: 'brief', keyUntil: 'claim', queue: 'later' })
      assert.deepEqual(await storage.insertJobs([again, newJob({ uniqueKey: 'lasting' })]), [
        { inserted: true, id: again.id },
        { inserted: false, id: lasting.id },
      ])
    },
  },
  {
    id: 'claim-jobs/odd-names',
    title: 'keeps queues and workers apart whose names differ in case or at their end',
    proves: ['claim.pending-only', 'claim.fields'],
    async run({ storage }) {
      const jobs = oddNames.map((queue) => newJob({ queue }))
      await storage.insertJobs(jobs)
      for (const [index, name] of oddNames.entries()) {
        const { jobs: rows } = await storage.claimJobs(claimRequest({ workerId: name, queues: [{ name, limit: 10 }] }))
        assert.deepEqual(
          rows.map((row) => [row.id, row.queue, row.workerId]),
          [[jobs[index]?.id, name, name]],
        )
      }
    },
  },
  {
    id: 'claim-jobs/race',
    title: 'hands each job to one of many claimers, and all of them in the end',
    proves: ['claim.exclusive', 'claim.more', 'claim.limits'],
    async run({ open }) {
      const storages = await Promise.all(Array.from({ length: 4 }, () => open()))
      const jobs = newJobs(300, (index) => ({ queue: index % 2 ? 'a' : 'b', priority: index % 5 }))
      await storages[0]?.insertJobs(jobs)
      const claimed: { id: string; claimId: string }[] = []
      const claim = async (storage: (typeof storages)[number], name: string) => {
        for (let more = true; more;) {
          const claimId = newId()
          const queues = ['a', 'b'].map((queue) => ({ name: queue, limit: 5 }))
          const answer = await storage.claimJobs({ claimId, workerId: name, limit: 7, queues })
          assert.ok(answer.jobs.length <= 7)
          claimed.push(...answer.jobs.map((row) => ({ id: row.id, claimId })))
          more = answer.more
        }
      }
      await Promise.all(storages.flatMap((storage, index) => [claim(storage, `w${index}`), claim(storage, `v${index}`)]))
      assert.deepEqual(
        claimed.map((claim) => claim.id).toSorted(),
        jobs.map((job) => job.id),
      )
      const rows = await storages[0]?.findJobs({ status: ['running'] }, { limit: 1_000 })
      assert.deepEqual(new Map(rows?.map((row) => [row.id, row.claimId])), new Map(claimed.map((claim) => [claim.id, claim.claimId])))
    },
  },
]
