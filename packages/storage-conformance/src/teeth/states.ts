import { meanwhile, type Tooth } from './tooth.js'

export const stateTeeth: Tooth[] = [
  {
    name: 'queue-settings-lost-on-pause',
    breaks: 'queues.round-trip',
    caughtBy: ['queues/round-trip', 'model/random-steps'],
    defect: (intact) => ({ putQueue: (queue) => intact.putQueue({ ...queue, settings: queue.pausedAt === null ? queue.settings : null }) }),
  },
  {
    name: 'state-cas-lets-two-through',
    breaks: 'states.compare-and-set',
    caughtBy: ['put-state/race', 'contention/one-process'],
    defect: (intact, { states }) => ({
      putState: async (state, expected, jobs) => {
        const revision = () => states.get(`${state.kind} ${state.id}`)?.revision ?? null
        if (revision() !== expected) return false
        await meanwhile()
        while (!(await intact.putState(state, revision(), jobs)));
        return true
      },
    }),
  },
  {
    name: 'state-overwritten-when-it-should-be-absent',
    breaks: 'states.compare-and-set',
    caughtBy: ['put-state/refused'],
    defect: (intact, { states }) => ({
      putState: (state, expected, jobs) =>
        intact.putState(state, expected ?? states.get(`${state.kind} ${state.id}`)?.revision ?? null, jobs),
    }),
  },
  {
    name: 'jobs-of-putState-dropped-on-taken-key',
    breaks: 'states.jobs',
    caughtBy: ['put-state/job-with-a-taken-key'],
    defect: (intact, { keys }) => ({
      putState: (state, expected, jobs = []) =>
        intact.putState(state, expected, jobs.some(({ uniqueKey }) => uniqueKey !== null && keys.has(uniqueKey)) ? [] : jobs),
    }),
  },
  {
    name: 'jobs-of-a-refused-putState',
    breaks: 'states.jobs',
    caughtBy: ['put-state/jobs', 'contention/one-process'],
    defect: (intact) => ({
      putState: async (state, expected, jobs = []) => {
        await intact.insertJobs(jobs)
        return intact.putState(state, expected)
      },
    }),
  },
  {
    name: 'due-at-the-bound-too',
    breaks: 'states.find',
    caughtBy: ['find-states/due'],
    defect: (intact) => ({
      findStates: ({ dueBefore, ...filter }, page) =>
        intact.findStates({ ...filter, ...(dueBefore === undefined ? {} : { dueBefore: dueBefore + 1 }) }, page),
    }),
  },
]
