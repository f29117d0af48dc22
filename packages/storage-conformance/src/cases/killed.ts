import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { DbjobqError } from '@dbjobq/core/storage'
import type { AnyStorage, CaseContext, ConformanceCase } from '../case.js'
import type { ChildWork } from '../child-main.js'
import { startChild } from '../child-process.js'
import { claimRequest, newJob, newJobs, settlement } from '../factories.js'
import { findAll, startJobs } from '../running-jobs.js'

/** Kills come that many ms after the call of that number began, so that they meet the work at several places. */
const moments = [
  { call: 2, after: 0 },
  { call: 4, after: 1 },
  { call: 5, after: 2 },
  { call: 6, after: 5 },
]

/** Has one child after the other begin its work, kills it in the middle, and lets `check` look at what it left. */
async function killInTheMiddle(
  { subject }: CaseContext,
  prepare: (round: number) => Promise<ChildWork>,
  check: (round: number) => Promise<void>,
): Promise<void> {
  const module = subject.module ?? assert.fail()
  const started = await Promise.allSettled(moments.map(() => startChild(module)))
  const children = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  try {
    assert.deepEqual(
      started.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : [])),
      [],
    )
    for (const [round, { call, after }] of moments.entries()) {
      const child = children[round] ?? assert.fail()
      const work = await prepare(round)
      await child.begin(work, work.do === 'migrate' ? 0 : call)
      await sleep(work.do === 'migrate' ? after * 5 : after)
      assert.equal(await child.kill(), undefined, 'the child process failed on its own')
      await check(round)
    }
  } finally {
    await Promise.all(children.map((child) => child.kill()))
  }
}

/**
 * Calls again while the store says that this may help: MongoDB keeps the transaction of a dead process, with its locks, for a minute
 * (transactionLifetimeLimitSeconds). No store may keep them longer than that.
 */
async function whenItsLocksAreGone<T>(call: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + 75_000
  for (;;) {
    try {
      return await call()
    } catch (error) {
      const isRetryable = DbjobqError.isInstance(error) && 'retryable' in error && error.retryable === true
      if (!isRetryable || performance.now() > deadline) throw error
      await sleep(100)
    }
  }
}

/** Every promise of a store that a crash left half done is kept after this. */
async function promoteAll(storage: AnyStorage): Promise<void> {
  while ((await whenItsLocksAreGone(() => storage.promoteJobs({ now: 0, limit: 1_000 }))).more);
}

/** How many jobs of the queue belong to each group key. */
async function countGroups(storage: AnyStorage, queue: string): Promise<Map<string | null, number>> {
  const rows = await storage.findJobs({ queue: [queue] }, { limit: 1_000, summary: true })
  return new Map([...Map.groupBy(rows, (row) => row.groupKey)].map(([groupKey, group]) => [groupKey, group.length]))
}

export const killedCases: ConformanceCase[] = [
  {
    id: 'migrate/killed',
    title: 'is migrated within 10 s after a migrator was killed at any moment',
    proves: ['migrate.killed'],
    needs: ['processes'],
    timeout: 60_000,
    async run(context) {
      const { storage, open } = context
      const survivor = await open()
      await killInTheMiddle(
        context,
        async () => {
          await storage.migrate({ to: 0 })
          return { do: 'migrate' }
        },
        async (round) => {
          const started = performance.now()
          await survivor.migrate()
          const elapsed = performance.now() - started
          assert.ok(elapsed < 10_000, `round ${round}: it took ${Math.round(elapsed)} ms`)
          const { found, wanted } = (await survivor.describe()).schema
          assert.equal(found, wanted)
          const jobs = [newJob({ uniqueKey: 'k' }), newJob({ uniqueKey: 'k' })]
          assert.deepEqual(
            (await survivor.insertJobs(jobs)).map((answer) => answer.inserted),
            [true, false],
          )
          assert.equal((await survivor.claimJobs(claimRequest())).jobs.length, 1)
        },
      )
    },
  },
  {
    id: 'insert-jobs/killed',
    title: 'has all or nothing of the call in which its process was killed',
    proves: ['insert.all-or-nothing'],
    needs: ['processes', 'transactions'],
    timeout: 180_000,
    async run(context) {
      const { storage } = context
      let calls: ReturnType<typeof newJobs>[] = []
      await killInTheMiddle(
        context,
        (round) => {
          calls = Array.from({ length: 10 }, (_, call) => newJobs(100, { groupKey: `${round}-${call}`, data: 'child' }))
          return Promise.resolve({ do: 'insert', calls })
        },
        async () => {
          for (const jobs of calls) {
            // Repeating the call meets whatever the server still does for the dead process, and leaves its rows as they are.
            await whenItsLocksAreGone(() => storage.insertJobs(jobs.map((job) => ({ ...job, data: 'again' }))))
            const rows = await storage.findJobs({ groupKey: jobs[0]?.groupKey ?? '' }, { limit: 1_000 })
            assert.equal(rows.length, 100)
            assert.equal(
              new Set(rows.map((row) => row.data)).size,
              1,
              `${rows.filter((row) => row.data === 'child').length} of 100 were written`,
            )
          }
        },
      )
    },
  },
  {
    id: 'settle-jobs/killed',
    title: 'has each settlement with its follow-ups or not at all after its process was killed and jobs were promoted',
    proves: ['promote.outbox', 'settle.follow-ups'],
    needs: ['processes'],
    timeout: 180_000,
    async run(context) {
      const { storage } = context
      let calls: ReturnType<typeof settlement>[][] = []
      await killInTheMiddle(
        context,
        async (round) => {
          const rows = await startJobs(storage, newJobs(100, { queue: `q${round}` }))
          const settlements = rows.map((row) => settlement(row, { followUps: newJobs(2, { queue: `f${round}`, groupKey: row.id }) }))
          calls = Array.from({ length: 20 }, (_, call) => settlements.slice(call * 5, call * 5 + 5))
          return { do: 'settle', calls }
        },
        async (round) => {
          // The same claim again, with other contents: it settles what the dead process had not settled, and changes nothing else.
          const late = calls.flat().map((one) => ({ ...one, status: 'failed' as const, followUps: [] }))
          assert.deepEqual(new Set(await whenItsLocksAreGone(() => storage.settleJobs(late))), new Set(['settled']))
          await promoteAll(storage)
          const followUps = await countGroups(storage, `f${round}`)
          for (const row of await findAll(storage, late)) {
            assert.equal(
              followUps.get(row.id) ?? 0,
              row.status === 'completed' ? 2 : 0,
              `round ${round}: follow-ups of a ${row.status} job`,
            )
          }
        },
      )
    },
  },
  {
    id: 'put-state/killed',
    title: 'has each state with its jobs or not at all after its process was killed and jobs were promoted',
    proves: ['promote.outbox', 'states.jobs'],
    needs: ['processes'],
    timeout: 180_000,
    async run(context) {
      const { storage } = context
      let ids: string[] = []
      await killInTheMiddle(
        context,
        (round) => {
          ids = Array.from({ length: 40 }, (_, index) => `${round}-${index}`)
          const calls = ids.map((id) => ({
            state: { kind: 'k', id, dueAt: null, text: 'child' },
            jobs: newJobs(2, { queue: `f${round}`, groupKey: id }),
          }))
          return Promise.resolve({ do: 'putStates', calls })
        },
        async (round) => {
          for (const id of ids) await whenItsLocksAreGone(() => storage.putState({ kind: 'k', id, dueAt: null, text: 'other' }, null))
          await promoteAll(storage)
          const jobs = await countGroups(storage, `f${round}`)
          for (const { id, text } of await storage.findStates({ kind: 'k', ids }, { limit: 100 })) {
            assert.equal(jobs.get(id) ?? 0, text === 'child' ? 2 : 0, `round ${round}: jobs of a state written by the ${text} process`)
          }
        },
      )
    },
  },
]
