import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { StorageErrorCode } from '@dbjobq/core'
import type { AnyStorage, CaseContext, ConformanceCase, Need } from '../case.js'
import { checkStorageError, rejectionOf } from '../expect-error.js'
import { newJob } from '../factories.js'
import { until } from '../queue/until.js'
import { auditLoad } from './audit.js'
import { downAtStartCase } from './down-at-start.js'
import { during } from './during.js'
import { Load } from './load.js'
import type { Outages } from './outages.js'
import { poolCase } from './pool.js'

/** Written by no worker. */
const queue = { name: 'outage-other', pausedAt: null, settings: null }
const patience = 45_000
/** Of a machine that has better things to do: starting a server may take long. */
const timeout = 180_000

interface OutageCase {
  id: string
  title: string
  need: Need
  /** All that a call may be rejected with meanwhile. */
  codes: StorageErrorCode[]
  run: (outages: Required<Outages>, load: Load, context: CaseContext) => Promise<void>
}

function outageCase({ id, title, need, codes, run }: OutageCase): ConformanceCase {
  return {
    id: `outage/${id}`,
    title,
    proves: [],
    needs: [need],
    timeout,
    async run(context) {
      const { storage, open, subject } = context
      const hints = await hear(await open())
      await using load = await Load.start(open)
      await until('the work to be under way', () => load.completed > 20, patience)
      await run((subject.outages ?? assert.fail()) as Required<Outages>, load, context)
      await resumes(load, storage, hints)
      await load.endEnqueuing()
      await ended(storage)
      await auditLoad(load, storage, codes)
    },
  }
}

/** Listens as another process would that only hears. */
async function hear(storage: AnyStorage): Promise<Set<string>> {
  const heard = new Set<string>()
  await storage.wakeups?.listen((hint) => void heard.add(hint))
  return heard
}

/** All that a worker does goes on by itself: claims, ticks, the rescue of a dead worker's job, and wake-ups. */
async function resumes(load: Load, storage: AnyStorage, heard: Set<string>): Promise<void> {
  const [{ completed }, ticks] = [load, load.ticks.length]
  await until('work to go on', () => load.completed > completed + 20, patience)
  // A ticker that gave up a schedule looks at it again after 30 s.
  await until('ticks to go on', () => load.ticks.length > ticks, 20_000)
  await until('the rescue', () => load.isRescued, patience)
  await until('the trouble to be over', () => !load.isTroubled, patience)
  if (!storage.wakeups) return
  heard.clear()
  let sent = 0
  await until(
    'a hint to be heard',
    async () => {
      await storage.wakeups?.send([`outage ${sent++}`])
      await pause(200)
      return heard.size > 0
    },
    patience,
  )
}

async function ended(storage: AnyStorage): Promise<void> {
  const end = performance.now() + patience
  for (;;) {
    const left = await storage.findJobs({ status: ['scheduled', 'pending', 'running'] }, { limit: 5 })
    if (left.length === 0) return
    if (performance.now() > end) assert.fail(`jobs that did not end: ${JSON.stringify(left)}`)
    await pause(50)
  }
}

/** How often the worker calls the store that it cannot use: four loops that wait 0.1, 0.2, 0.4, 0.8, 1.6 s, heartbeats, and what was under way. */
async function countCalls(load: Load, seconds: number, most: number): Promise<void> {
  const before = load.calls
  await pause(seconds * 1_000)
  const calls = load.calls - before
  assert.ok(calls <= most, `${calls} calls in ${seconds} s of an outage`)
}

/** How a store, and the whole runtime on it, take it that the server fails under load. */
export const outageCases: ConformanceCase[] = [
  outageCase({
    id: 'connections-cut',
    title: 'loses no job and runs none twice while its connections are cut again and again for 8 s',
    need: 'cut-connections',
    codes: ['UNAVAILABLE', 'TIMEOUT', 'CONTENTION'],
    run: async ({ cutConnections }, load) => {
      let cuts = 0
      const began = performance.now()
      // A storage that repeats its calls may hide all cuts of 8 s: then it goes on until one is felt.
      for (let ms = 0; ms < 8_000 || (load.errors.length === 0 && ms < patience); ms = performance.now() - began, cuts++) {
        await cutConnections()
        await pause(100 + Math.random() * 300)
      }
      assert.ok(cuts > 5 && load.errors.length > 0, `${cuts} cuts were felt ${load.errors.length} times`)
    },
  }),

  outageCase({
    id: 'server-killed',
    title: 'loses no job and goes on by itself when its server was killed under load and started again, twice',
    need: 'kill-server',
    codes: ['UNAVAILABLE', 'TIMEOUT', 'CONTENTION'],
    run: async ({ killServer }, load) => {
      for (let round = 0; round < 2; round++) {
        await during(killServer, () => countCalls(load, 2, 50))
        const { completed } = load
        await until(`work after kill ${round + 1}`, () => load.completed > completed + 20, patience)
      }
    },
  }),

  outageCase({
    id: 'failover',
    title: 'loses no job and runs none twice when another server takes over without the last writes, and when the first one comes back',
    need: 'fail-over',
    codes: ['UNAVAILABLE', 'TIMEOUT', 'CONTENTION', 'READ_ONLY'],
    run: async ({ failOver }, load) => {
      await during(failOver, async () => {
        const { completed } = load
        await until('work on the server that took over', () => load.completed > completed + 20, patience)
      })
    },
  }),

  outageCase({
    id: 'writes-refused',
    title: 'tells that writes are refused, is asked ever more seldom, and goes on by itself when they are taken again',
    need: 'refuse-writes',
    codes: ['READ_ONLY', 'UNAVAILABLE', 'TIMEOUT'],
    run: async ({ refuseWrites }, load, { storage }) => {
      await during(refuseWrites, async () => {
        checkStorageError(await rejectionOf(storage.putQueue(queue), 'putQueue'), ['READ_ONLY', 'UNAVAILABLE'], 'putQueue')
        await countCalls(load, 2.5, 60)
        assert.ok(load.isTroubled)
      })
    },
  }),

  outageCase({
    id: 'jobs-locked',
    title: 'ends each call about jobs within its own deadline while the jobs are locked, lets others proceed, and goes on afterwards',
    need: 'lock-jobs',
    codes: ['TIMEOUT', 'CONTENTION'],
    run: async ({ lockJobs }, load, { storage }) => {
      await during(lockJobs, async () => {
        const started = performance.now()
        const update = { id: 'none', from: ['pending' as const], set: { priority: 1 } }
        const stalled = rejectionOf(storage.updateJobs([update]), 'updateJobs')
        await Promise.all([storage.serverTime(), storage.findWorkers(), storage.findQueues()])
        checkStorageError(await stalled, ['TIMEOUT', 'CONTENTION'], 'updateJobs')
        const elapsed = performance.now() - started
        assert.ok(elapsed < 8_000, `it took ${Math.round(elapsed)} ms: open storages with a callTimeout of about 2 s for this case`)
        await countCalls(load, 2.5, 60)
        assert.ok(load.isTroubled)
      })
    },
  }),

  outageCase({
    id: 'disk-full',
    title: 'tells that the disk is full, is asked ever more seldom, and goes on by itself when there is room again',
    need: 'fill-disk',
    codes: ['STORAGE_FULL', 'TIMEOUT'],
    run: async ({ fillDisk }, load, { storage }) => {
      await during(fillDisk, async () => {
        const large = Array.from({ length: 200 }, () => newJob({ data: 'x'.repeat(10_000) }))
        checkStorageError(await rejectionOf(storage.insertJobs(large), 'insertJobs'), ['STORAGE_FULL'], 'insertJobs')
        await until('the worker to feel it', () => load.isTroubled, patience)
        await countCalls(load, 2.5, 60)
      })
    },
  }),

  downAtStartCase,
  poolCase,
]
