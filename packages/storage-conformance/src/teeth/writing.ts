import type { UpdateAnswer } from '@dbjobq/core/storage'
import { disguised, meanwhile, showing, type Tooth } from './tooth.js'

const any = ['scheduled', 'pending', 'running', 'completed', 'failed', 'cancelled'] as const

export const writingTeeth: Tooth[] = [
  {
    name: 'marks-for-a-stale-claim',
    breaks: 'mark.fenced',
    caughtBy: ['settle-jobs/fenced-1', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      markJobs: (marks) => intact.markJobs(marks.map((mark) => ({ ...mark, claimId: jobs.get(mark.id)?.claimId ?? mark.claimId }))),
    }),
  },
  {
    name: 'marks-what-does-not-run',
    breaks: 'mark.fenced',
    caughtBy: ['mark-jobs/not-running', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      markJobs: (marks) =>
        disguised(
          marks.flatMap(({ id }) => jobs.get(id) ?? []),
          { status: 'running' },
          () => intact.markJobs(marks),
        ),
    }),
  },
  {
    name: 'mark-empties-what-is-not-given',
    breaks: 'mark.fields',
    caughtBy: ['mark-jobs/fields'],
    defect: (intact, { jobs }) => ({
      markJobs: async (marks) => {
        const answers = await intact.markJobs(marks)
        for (const [index, { id, progress }] of marks.entries())
          if (answers[index]) Object.assign(jobs.get(id) ?? {}, { progress: progress ?? null })
        return answers
      },
    }),
  },
  {
    name: 'updates-in-any-status',
    breaks: 'update.guard',
    caughtBy: ['update-jobs/guard', 'model/random-steps'],
    defect: (intact) => ({ updateJobs: (updates) => intact.updateJobs(updates.map((update) => ({ ...update, from: [...any] }))) }),
  },
  {
    name: 'update-takes-a-cancel-back',
    breaks: 'update.fields',
    caughtBy: ['update-jobs/fields'],
    defect: (intact) => ({
      updateJobs: (updates) => intact.updateJobs(updates.map((update) => ({ ...update, set: { cancelRequestedAt: null, ...update.set } }))),
    }),
  },
  {
    name: 'update-stops-at-a-taken-key',
    breaks: 'update.key',
    caughtBy: ['update-jobs/key-taken', 'model/random-steps'],
    defect: (intact) => ({
      updateJobs: async (updates) => {
        const answers: UpdateAnswer[] = []
        for (const update of updates)
          answers.push(...(answers.includes('keyTaken') ? ['stale' as const] : await intact.updateJobs([update])))
        return answers
      },
    }),
  },
  {
    name: 'writes-the-rest-beside-a-taken-key',
    breaks: 'update.key',
    caughtBy: ['update-jobs/key-taken', 'model/random-steps'],
    defect: (intact) => ({
      updateJobs: async (updates) => {
        const answers: UpdateAnswer[] = []
        for (const { id, from, set } of updates) {
          const { uniqueKey, ...rest } = set
          const [key = 'stale'] = uniqueKey === undefined ? [] : await intact.updateJobs([{ id, from, set: { uniqueKey } }])
          const [written = 'stale'] = await intact.updateJobs([{ id, from, set: rest }])
          answers.push(key === 'keyTaken' ? key : written)
        }
        return answers
      },
    }),
  },
  {
    name: 'deletes-running',
    breaks: 'delete.not-running',
    caughtBy: ['delete-jobs/not-running', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      deleteJobs: (ids, { from } = {}) =>
        disguised(
          ids.flatMap((id) => jobs.get(id) ?? []).filter(({ status }) => !from || from.includes(status)),
          { status: 'completed' },
          () => intact.deleteJobs(ids, from ? { from: [...from, 'completed'] } : {}),
        ),
    }),
  },
  {
    name: 'deletes-in-any-status',
    breaks: 'delete.guard',
    caughtBy: ['delete-jobs/guard', 'model/random-steps'],
    defect: (intact) => ({ deleteJobs: (ids) => intact.deleteJobs(ids) }),
  },
  {
    name: 'takes-an-empty-guard-for-none',
    breaks: 'delete.guard',
    caughtBy: ['delete-jobs/guard'],
    defect: (intact) => ({ deleteJobs: (ids, { from } = {}) => intact.deleteJobs(ids, from && from.length > 0 ? { from } : {}) }),
  },
  {
    name: 'looks-at-the-status-before-it-deletes',
    breaks: 'delete.guard',
    caughtBy: ['delete-jobs/retry-race'],
    defect: (intact, { jobs }) => ({
      deleteJobs: async (ids, { from } = {}) => {
        const fitting = ids.filter((id) => !from || from.includes(jobs.get(id)?.status ?? 'running'))
        await meanwhile()
        return intact.deleteJobs(fitting)
      },
    }),
  },
  {
    name: 'prunes-by-the-time-of-the-end',
    breaks: 'prune.final',
    caughtBy: ['prune-jobs/by-status'],
    defect: (intact, { jobs }) => ({
      pruneJobs: (request) =>
        showing(
          jobs,
          ({ finishedAt }) => finishedAt !== null,
          () => intact.pruneJobs(request),
        ),
    }),
  },
  {
    name: 'prunes-what-waits',
    breaks: 'prune.final',
    caughtBy: ['prune-jobs/finished-only'],
    defect: (intact, { jobs }) => ({
      pruneJobs: (request) =>
        disguised(
          [...jobs.values()].filter(({ status }) => status === 'pending'),
          { status: 'failed' },
          () => intact.pruneJobs(request),
        ),
    }),
  },
  {
    name: 'prunes-early',
    breaks: 'prune.due',
    caughtBy: ['prune-jobs/due'],
    defect: (intact) => ({ pruneJobs: ({ now, limit }) => intact.pruneJobs({ now: now + 1, limit }) }),
  },
  {
    name: 'prunes-what-may-stay-for-ever',
    breaks: 'prune.due',
    caughtBy: ['prune-jobs/due', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      pruneJobs: (request) => {
        const kept = [...jobs.values()].filter((job) => job.finishedAt !== null && job.deleteAt === null)
        return disguised(kept, { deleteAt: 0 }, () => intact.pruneJobs(request))
      },
    }),
  },
  {
    name: 'prune-ignores-limit',
    breaks: 'prune.limit',
    caughtBy: ['prune-jobs/limit', 'model/random-steps'],
    defect: (intact) => ({ pruneJobs: ({ now }) => intact.pruneJobs({ now, limit: Infinity }) }),
  },
]
