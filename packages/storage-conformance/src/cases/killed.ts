import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyStorage, CaseContext, ConformanceCase } from '../case.js'
import type { ChildWork } from '../child-main.js'
import { startChild } from '../child-process.js'
import { claimRequest, newJob, newJobs, settlement } from '../factories.js'
import { startJobs } from '../running-jobs.js'

/** ms between the start of the work and the kill, so that it meets the work at several places. */
const moments = [1, 3, 8, 20, 45]

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
    for (const one of started) if (one.status === 'rejected') throw one.reason
    for (const [round, child] of children.entries()) {
      child.begin(await prepare(round))
      await sleep(moments[round])
      const error = await child.kill()
      assert.equal(error, undefined, 'the child process failed on its own')
      await check(round)
    }
  } finally {
    await Promise.all(children.map((child) => child.kill()))
  }
}

/** Every promise of a store that a crash left half done is kept after this. */
async function promoteAll(storage: AnyStorage): Promise<void> {
  while ((await storage.promoteJobs({ now: 0, limit: 1_000 })).more);
}

async function countGroup(storage: AnyStorage, groupKey: string): Promise<number> {
  return (await storage.findJobs({ groupKey }, { limit: 1_000, summary: true })).length
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
    timeout: 60_000,
    async run(context) {
      const { storage } = context
      let calls: ReturnType<typeof newJobs>[] = []
      await killInTheMiddle(
        context,
        (round) => {
          calls = Array.from({ length: 30 }, (_, call) => newJobs(200, { groupKey: `${round}-${call}`, data: 'child' }))
          return Promise.resolve({ do: 'insert', calls })
        },
        async () => {
          for (const jobs of calls.slice(0, 12)) {
            // Repeating the call meets whatever the server still does for the dead process, and leaves its rows as they are.
            await storage.insertJobs(jobs.map((job) => ({ ...job, data: 'again' })))
            const rows = await storage.findJobs({ groupKey: jobs[0]?.groupKey ?? '' }, { limit: 1_000 })
            assert.equal(rows.length, 200)
            assert.equal(
              new Set(rows.map((row) => row.data)).size,
              1,
              `${rows.filter((row) => row.data === 'child').length} of 200 were written`,
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
    timeout: 60_000,
    async run(context) {
      const { storage } = context
      let calls: ReturnType<typeof settlement>[][] = []
      await killInTheMiddle(
        context,
        async (round) => {
          const rows = await startJobs(storage, newJobs(100, { queue: `q${round}` }))
          const settlements = rows.map((row) => settlement(row, { followUps: newJobs(2, { queue: 'f', groupKey: row.id }) }))
          calls = Array.from({ length: 20 }, (_, call) => settlements.slice(call * 5, call * 5 + 5))
          return { do: 'settle', calls }
        },
        async () => {
          // The same claim again, with other contents: it settles what the dead process had not settled, and changes nothing else.
          const late = calls.flat().map((one) => ({ ...one, status: 'failed' as const, followUps: [] }))
          assert.deepEqual(new Set(await storage.settleJobs(late)), new Set(['settled']))
          await promoteAll(storage)
          for (const { id } of late) {
            const [row] = await storage.findJobs({ ids: [id] }, { limit: 1, summary: true })
            assert.equal(await countGroup(storage, id), row?.status === 'completed' ? 2 : 0, `follow-ups of a ${row?.status ?? 'lost'} job`)
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
    timeout: 60_000,
    async run(context) {
      const { storage } = context
      let ids: string[] = []
      await killInTheMiddle(
        context,
        (round) => {
          ids = Array.from({ length: 60 }, (_, index) => `${round}-${index}`)
          const calls = ids.map((id) => ({ state: { kind: 'k', id, dueAt: null, text: 'child' }, jobs: newJobs(2, { groupKey: id }) }))
          return Promise.resolve({ do: 'putStates', calls })
        },
        async () => {
          for (const id of ids) await storage.putState({ kind: 'k', id, dueAt: null, text: 'late' }, null)
          await promoteAll(storage)
          for (const state of await storage.findStates({ kind: 'k', ids }, { limit: 100 })) {
            assert.equal(
              await countGroup(storage, state.id),
              state.text === 'child' ? 2 : 0,
              `jobs of a state written by the ${state.text}`,
            )
          }
        },
      )
    },
  },
]
