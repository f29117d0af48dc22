import assert from 'node:assert/strict'
import type { State } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { newJob, newJobs } from '../factories.js'
import { findAll, findPresent } from '../running-jobs.js'

const state = { kind: 'schedule', id: 'nightly', dueAt: 1_700_000_000_000, text: '{"cron":"0 2 * * *"}' }

async function find(storage: AnyStorage): Promise<State | undefined> {
  const [found] = await storage.findStates({ kind: state.kind, ids: [state.id] }, { limit: 1 })
  return found
}

export const putStateCases: ConformanceCase[] = [
  {
    id: 'put-state/revisions',
    title: 'counts a new state as revision 1 and one more with each write',
    proves: ['states.compare-and-set'],
    async run({ storage }) {
      assert.equal(await storage.putState(state, null), true)
      assert.deepEqual(await find(storage), { ...state, revision: 1 })
      for (let revision = 1; revision < 4; revision++) {
        const next = { ...state, dueAt: revision === 2 ? null : revision, text: `text ${revision}` }
        assert.equal(await storage.putState(next, revision), true)
        assert.deepEqual(await find(storage), { ...next, revision: revision + 1 })
      }
    },
  },
  {
    id: 'put-state/same-again',
    title: 'counts a write that changes nothing too',
    proves: ['states.compare-and-set'],
    async run({ storage }) {
      await storage.putState(state, null)
      assert.equal(await storage.putState(state, 1), true)
      assert.equal((await find(storage))?.revision, 2)
      assert.equal(await storage.putState(state, 1), false)
    },
  },
  {
    id: 'put-state/refused',
    title: 'refuses a write with another revision than the one there, and changes nothing',
    proves: ['states.compare-and-set'],
    async run({ storage }) {
      const other = { ...state, text: 'other', dueAt: 5 }
      assert.equal(await storage.putState(other, 1), false)
      assert.equal(await storage.putState({ ...state, text: null }, 1), false)
      assert.equal(await find(storage), undefined)
      await storage.putState(state, null)
      await storage.putState(state, 1)
      for (const expected of [null, 0, 1, 3]) {
        assert.equal(await storage.putState(other, expected), false, `expected ${expected ?? 'null'}`)
        assert.equal(await storage.putState({ ...other, text: null }, expected), false, `expected ${expected ?? 'null'}, to delete`)
        assert.deepEqual(await find(storage), { ...state, revision: 2 })
      }
    },
  },
  {
    id: 'put-state/delete',
    title: 'deletes a state with a null text, which can then be made anew',
    proves: ['states.compare-and-set'],
    async run({ storage }) {
      await storage.putState(state, null)
      await storage.putState(state, 1)
      assert.equal(await storage.putState({ ...state, text: null }, 2), true)
      assert.equal(await find(storage), undefined)
      assert.equal(await storage.putState(state, 2), false)
      assert.equal(await storage.putState({ ...state, text: 'anew' }, null), true)
      assert.deepEqual(await find(storage), { ...state, text: 'anew', revision: 1 })
    },
  },
  {
    id: 'put-state/by-kind-and-id',
    title: 'keeps states apart that share an id or a kind',
    proves: ['states.compare-and-set'],
    async run({ storage }) {
      const all = [state, { ...state, kind: 'rate' }, { ...state, id: 'Nightly' }, { ...state, id: 'nightly.' }]
      for (const one of all) assert.equal(await storage.putState(one, null), true)
      assert.equal(await storage.putState({ ...state, kind: 'rate', text: 'changed' }, 1), true)
      assert.equal((await find(storage))?.revision, 1)
    },
  },
  {
    id: 'put-state/race',
    title: 'lets one of 20 racers through, to create, to write and to delete',
    proves: ['states.compare-and-set', 'states.jobs'],
    async run({ storage, open }) {
      const storages = await Promise.all(Array.from({ length: 5 }, () => open()))
      for (const [expected, text] of [
        [null, 'created'],
        [1, 'written'],
        [2, 'again'],
        [3, null],
        [null, 'anew'],
      ] as const) {
        const jobs = newJobs(20)
        const answers = await Promise.all(
          jobs.map((job, index) =>
            (storages[index % 5] ?? assert.fail()).putState({ ...state, dueAt: index, text }, expected, text === null ? [] : [job]),
          ),
        )
        const winners = answers.flatMap((won, index) => (won ? [index] : []))
        assert.equal(winners.length, 1, `${winners.length} came through to ${text ?? 'delete'}`)
        if (text === null) continue
        assert.equal((await find(storage))?.dueAt, winners[0])
        const present = await findPresent(storage, jobs)
        assert.deepEqual(present, [jobs[winners[0] ?? 0]?.id], 'the job of the winner and no other')
      }
    },
  },
  {
    id: 'put-state/jobs',
    title: 'inserts the jobs of a write, whole, and none of a refused one',
    proves: ['states.jobs'],
    async run({ storage }) {
      const jobs = [
        newJob({ uniqueKey: 'tick', data: '😀' }),
        newJob({ status: 'scheduled', runAt: 4_000_000_000_000, groupKey: 'g', priority: -1 }),
      ]
      assert.equal(await storage.putState(state, null, jobs), true)
      const rows = await findAll(storage, jobs)
      for (const [index, job] of jobs.entries()) assert.deepEqual({ ...rows[index], ...job }, rows[index])
      const none = newJobs(2)
      assert.equal(await storage.putState({ ...state, text: 'other' }, null, none), false)
      assert.equal(await storage.putState({ ...state, text: 'other' }, 5, none), false)
      assert.deepEqual(await findPresent(storage, none), [])
      const more = newJobs(100)
      assert.equal(await storage.putState(state, 1, more), true)
      assert.equal((await findPresent(storage, more)).length, 100)
    },
  },
  {
    id: 'put-state/job-with-a-taken-key',
    title: 'leaves a job out whose key is taken, and writes the state and the others',
    proves: ['states.jobs', 'insert.key'],
    async run({ storage }) {
      const holder = newJob({ uniqueKey: 'held' })
      await storage.insertJobs([holder])
      const [first, out, last, twin] = [
        newJob({ uniqueKey: 'free' }),
        newJob({ uniqueKey: 'held' }),
        newJob(),
        newJob({ uniqueKey: 'free' }),
      ]
      assert.equal(await storage.putState(state, null, [first, out, last, twin]), true)
      assert.equal((await find(storage))?.revision, 1)
      assert.deepEqual(await findPresent(storage, [first, out, last, twin]), [first.id, last.id].toSorted())
    },
  },
  {
    id: 'put-state/job-that-is-there',
    title: 'leaves a job as it is that is there already under the id of a new one',
    proves: ['states.jobs', 'insert.repeat'],
    async run({ storage }) {
      const there = newJob({ data: 'before' })
      await storage.insertJobs([there])
      assert.equal(await storage.putState(state, null, [{ ...there, data: 'after' }]), true)
      assert.equal((await findAll(storage, [there]))[0]?.data, 'before')
    },
  },
]
