import assert from 'node:assert/strict'
import type { Heartbeat } from '@dbjobq/core/storage'
import type { ConformanceCase } from '../case.js'
import { newJob, newJobs, settlement } from '../factories.js'
import { oddNames, oddTexts } from '../odd-texts.js'
import { startJob, startJobs, startSome } from '../running-jobs.js'

const now = 1_700_000_000_000
const beat = (overrides: Partial<Heartbeat> = {}): Heartbeat => ({
  workerId: 'worker-1',
  info: '{}',
  now,
  leaseUntil: now + 60_000,
  first: false,
  ...overrides,
})
const dead = { alive: false, claims: [] }
const alive = { alive: true, claims: [] }

export const heartbeatCases: ConformanceCase[] = [
  {
    id: 'heartbeat/lease',
    title: 'creates a lease with the first beat, renews it with the next, and removes it with the last',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      assert.deepEqual(await storage.heartbeat(beat({ first: true, info: 'one' })), alive)
      assert.deepEqual(await storage.findWorkers(), [{ id: 'worker-1', leaseUntil: now + 60_000, info: 'one' }])
      assert.deepEqual(await storage.heartbeat(beat({ now: now + 10_000, leaseUntil: now + 70_000, info: 'two' })), alive)
      assert.deepEqual(await storage.findWorkers(), [{ id: 'worker-1', leaseUntil: now + 70_000, info: 'two' }])
      const last = await storage.heartbeat(beat({ now: now + 20_000, leaseUntil: now + 20_000 }))
      assert.equal(last.alive, true)
      assert.deepEqual(await storage.findWorkers(), [])
    },
  },
  {
    id: 'heartbeat/removed-before-now',
    title: 'removes a worker whose lease is set into the past',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      await storage.heartbeat(beat({ first: true }))
      await storage.heartbeat(beat({ leaseUntil: 0 }))
      assert.deepEqual(await storage.findWorkers(), [])
      assert.deepEqual(await storage.heartbeat(beat()), dead)
    },
  },
  {
    id: 'heartbeat/first-again',
    title: 'takes a first beat again whose answer was lost',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      await storage.heartbeat(beat({ first: true }))
      assert.deepEqual(await storage.heartbeat(beat({ first: true, now: now + 5, leaseUntil: now + 60_005 })), alive)
      assert.deepEqual(await storage.findWorkers(), [{ id: 'worker-1', leaseUntil: now + 60_005, info: '{}' }])
    },
  },
  {
    id: 'heartbeat/late',
    title: 'keeps the later end when a beat arrives after one that was sent after it',
    proves: ['heartbeat.never-shorten'],
    async run({ storage }) {
      await storage.heartbeat(beat({ first: true }))
      await storage.heartbeat(beat({ now: now + 20_000, leaseUntil: now + 80_000 }))
      for (const first of [false, true]) {
        assert.deepEqual(await storage.heartbeat(beat({ now: now + 10_000, leaseUntil: now + 70_000, first })), alive)
        assert.deepEqual(await storage.findWorkers(), [{ id: 'worker-1', leaseUntil: now + 80_000, info: '{}' }])
      }
    },
  },
  {
    id: 'heartbeat/first-race',
    title: 'takes first beats of one worker and of several at once',
    proves: ['heartbeat.lease'],
    async run({ storage, open }) {
      const storages = await Promise.all([open(), open(), open(), open()])
      for (let round = 0; round < 5; round++) {
        const beats = storages.flatMap((one, index) => [
          one.heartbeat(beat({ first: true, workerId: `shared-${round}` })),
          one.heartbeat(beat({ first: true, workerId: `own-${round}-${index}` })),
        ])
        assert.deepEqual(new Set((await Promise.all(beats)).map((answer) => answer.alive)), new Set([true]))
      }
      assert.equal((await storage.findWorkers()).length, 25)
    },
  },
  {
    id: 'heartbeat/absent',
    title: 'answers not alive when the worker is absent, and does not create it',
    proves: ['heartbeat.never-revive'],
    async run({ storage }) {
      await startJob(storage, {}, { workerId: 'worker-1' })
      assert.deepEqual(await storage.heartbeat(beat()), dead)
      assert.deepEqual(await storage.findWorkers(), [])
    },
  },
  {
    id: 'heartbeat/ran-out',
    title: 'never renews a lease that ran out, from the millisecond of its end on',
    proves: ['heartbeat.never-revive'],
    async run({ storage }) {
      await startJob(storage, {}, { workerId: 'worker-1' })
      await storage.heartbeat(beat({ first: true, info: 'before' }))
      const just = await storage.heartbeat(beat({ now: now + 59_999, leaseUntil: now + 60_000, info: 'before' }))
      assert.equal(just.alive, true)
      for (const [at, first] of [
        [now + 60_000, false],
        [now + 60_001, false],
        [now + 60_000, true],
        [now + 900_000, true],
      ] as const) {
        assert.deepEqual(
          await storage.heartbeat(beat({ now: at, leaseUntil: at + 60_000, info: 'after', first })),
          dead,
          `${at - now} ms, first ${first}`,
        )
      }
      assert.equal((await storage.findOrphans({ now: now + 60_000, limit: 10 })).length, 1, 'its job can be rescued')
      assert.ok((await storage.findWorkers()).every((worker) => worker.leaseUntil === now + 60_000 && worker.info === 'before'))
    },
  },
  {
    id: 'heartbeat/claims',
    title: 'lists every running job of the worker with its claim, cancels marked, and no others',
    proves: ['heartbeat.claims'],
    async run({ storage }) {
      const mine = await startSome(storage, 4)
      const more = await startJobs(storage, newJobs(2, { queue: 'other' }))
      const [cancelled, settled, putBack] = [mine[0] ?? assert.fail(), mine[1] ?? assert.fail(), mine[2] ?? assert.fail()]
      await startJob(storage, {}, { workerId: 'Worker-1' })
      await startJob(storage, {}, { workerId: 'worker-10' })
      await storage.insertJobs([newJob()])
      await storage.updateJobs([{ id: cancelled.id, from: ['running'], set: { cancelRequestedAt: 0 } }])
      await storage.settleJobs([settlement(settled), settlement(putBack, { status: 'scheduled', runAt: 4_000_000_000_000 })])
      const answer = await storage.heartbeat(beat({ first: true }))
      const expected = [cancelled, mine[3], ...more].map((row) => ({
        id: row?.id,
        claimId: row?.claimId,
        cancelRequested: row === cancelled,
      }))
      assert.equal(answer.alive, true)
      assert.deepEqual(
        answer.claims.toSorted((a, b) => (a.id < b.id ? -1 : 1)),
        expected.toSorted((a, b) => ((a.id ?? '') < (b.id ?? '') ? -1 : 1)),
      )
    },
  },
  {
    id: 'heartbeat/claims-of-the-last-beat',
    title: 'lists what a leaving worker still runs with its last beat',
    proves: ['heartbeat.claims', 'heartbeat.lease'],
    async run({ storage }) {
      await storage.heartbeat(beat({ first: true }))
      const row = await startJob(storage, {}, { workerId: 'worker-1' })
      const answer = await storage.heartbeat(beat({ now: now + 1, leaseUntil: now + 1 }))
      assert.deepEqual(answer, { alive: true, claims: [{ id: row.id, claimId: row.claimId, cancelRequested: false }] })
    },
  },
  {
    id: 'heartbeat/thousand-claims',
    title: 'lists 1,000 claims of one worker',
    proves: ['heartbeat.claims'],
    async run({ storage }) {
      const rows = await startSome(storage, 1_000)
      const { claims } = await storage.heartbeat(beat({ first: true }))
      assert.deepEqual(
        claims.map((claim) => claim.id).toSorted(),
        rows.map((row) => row.id),
      )
    },
  },
  {
    id: 'heartbeat/odd-texts',
    title: 'brings every info text back the same, of workers whose names differ in case or at their end',
    proves: ['heartbeat.lease'],
    async run({ storage }) {
      const texts = Object.values(oddTexts)
      const workers = new Map(oddNames.map((name, index) => [name, texts[index % texts.length] ?? '']))
      for (const [index, text] of texts.entries()) workers.set(`worker-${index}`, text)
      for (const [workerId, info] of workers) await storage.heartbeat(beat({ workerId, info, first: true }))
      const rows = await storage.findWorkers()
      assert.deepEqual(new Map(rows.map((row) => [row.id, row.info])), workers)
    },
  },
]
