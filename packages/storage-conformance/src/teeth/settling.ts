import type { SettleAnswer, Settlement } from '@dbjobq/core/storage'
import type { Tooth } from './tooth.js'

export const settlingTeeth: Tooth[] = [
  {
    name: 'settles-without-a-fence',
    breaks: 'settle.fenced',
    caughtBy: ['settle-jobs/fenced-1', 'model/random-steps'],
    defect: eachSettlement((item, { jobs }) => ({ ...item, claimId: jobs.get(item.id)?.claimId ?? item.claimId })),
  },
  {
    name: 'tells-a-late-rescue-settled',
    breaks: 'settle.forget-claim',
    caughtBy: ['settle-jobs/repeat', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      settleJobs: async (settlements) => {
        const late = settlements.map(({ id, claimId }) => jobs.get(id)?.status !== 'running' && jobs.get(id)?.claimId === claimId)
        return (await intact.settleJobs(settlements)).map((answer, index) => (late[index] ? 'settled' : answer))
      },
    }),
  },
  {
    name: 'answers-lost-on-repeat',
    breaks: 'settle.repeat',
    caughtBy: ['settle-jobs/repeat', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      settleJobs: (settlements) => {
        const over = settlements.map(({ id }) => jobs.get(id)?.status !== 'running')
        return intact.settleJobs(settlements.map((item, index) => (over[index] ? { ...item, claimId: '' } : item)))
      },
    }),
  },
  {
    name: 'follow-ups-again-on-repeat',
    breaks: 'settle.repeat',
    caughtBy: ['settle-jobs/repeat-with-follow-ups', 'model/random-steps'],
    defect: (intact) => ({
      settleJobs: async (settlements) => {
        const answers = await intact.settleJobs(settlements)
        const settled = settlements.filter((_, index) => answers[index] === 'settled')
        await intact.insertJobs(settled.flatMap(({ followUps }) => followUps ?? []))
        return answers
      },
    }),
  },
  {
    name: 'loses-a-follow-up',
    breaks: 'settle.follow-ups',
    caughtBy: ['settle-jobs/follow-ups', 'model/random-steps'],
    defect: eachSettlement(({ followUps, ...item }) => ({ ...item, ...(followUps ? { followUps: followUps.slice(1) } : {}) })),
  },
  {
    name: 'follow-ups-of-a-lost-claim',
    breaks: 'settle.follow-ups',
    caughtBy: ['settle-jobs/follow-ups-of-the-settled-only', 'model/random-steps'],
    defect: (intact) => ({
      settleJobs: async (settlements) => {
        await intact.insertJobs(settlements.flatMap(({ followUps }) => followUps ?? []))
        return intact.settleJobs(settlements)
      },
    }),
  },
  {
    name: 'drops-all-follow-ups-at-a-taken-key',
    breaks: 'settle.follow-ups',
    caughtBy: ['settle-jobs/follow-up-with-a-taken-key'],
    defect: eachSettlement(({ followUps = [], ...item }, { keys }) =>
      followUps.some(({ uniqueKey }) => uniqueKey !== null && keys.has(uniqueKey)) ? item : { ...item, followUps },
    ),
  },
  {
    name: 'puts-back-in-spite-of-a-cancel',
    breaks: 'settle.cancel',
    caughtBy: ['settle-jobs/cancel-refuses-put-back', 'model/random-steps'],
    defect: (intact, { jobs }) => ({
      settleJobs: async (settlements) => {
        const rows = settlements.flatMap(({ id }) => jobs.get(id) ?? [])
        const asked = rows.map((row) => row.cancelRequestedAt)
        for (const row of rows) row.cancelRequestedAt = null
        const answers = await intact.settleJobs(settlements)
        for (const [index, row] of rows.entries()) row.cancelRequestedAt = asked[index] ?? null
        return answers
      },
    }),
  },
  {
    name: 'keeps-the-key-at-the-end',
    breaks: 'settle.release-key',
    caughtBy: ['settle-jobs/release-key', 'model/random-steps'],
    defect: eachSettlement((item) => ({ ...item, releaseKey: false })),
  },
  {
    name: 'releases-the-key-after-the-follow-ups',
    breaks: 'settle.release-key',
    caughtBy: ['settle-jobs/follow-up-takes-the-released-key'],
    defect: (intact) => ({
      settleJobs: async (settlements) => {
        const answers = await intact.settleJobs(settlements.map((item) => ({ ...item, releaseKey: false })))
        const released = settlements.filter(({ releaseKey }, index) => releaseKey && answers[index] === 'settled')
        await intact.updateJobs(released.map(({ id, status }) => ({ id, from: [status], set: { uniqueKey: null } })))
        return answers
      },
    }),
  },
  {
    name: 'remembers-a-forgotten-claim',
    breaks: 'settle.forget-claim',
    caughtBy: ['settle-jobs/forget-claim', 'model/random-steps'],
    defect: eachSettlement((item) => ({ ...item, forgetClaim: false })),
  },
  {
    name: 'gives-up-at-a-lost-one',
    breaks: 'settle.batch',
    caughtBy: ['settle-jobs/batch-with-lost', 'model/random-steps'],
    defect: (intact) => ({
      settleJobs: async (settlements) => {
        const answers: SettleAnswer[] = []
        for (const item of settlements) answers.push(...(answers.includes('lost') ? ['lost' as const] : await intact.settleJobs([item])))
        return answers
      },
    }),
  },
  {
    name: 'values-of-the-first-for-all',
    breaks: 'settle.batch',
    caughtBy: ['settle-jobs/each-its-own-values', 'model/random-steps'],
    defect: (intact) => ({
      settleJobs: (settlements) =>
        intact.settleJobs(settlements.map((item) => ({ ...item, status: settlements[0]?.status ?? item.status }))),
    }),
  },
  {
    name: 'start-lost-on-settling',
    breaks: 'settle.fields',
    caughtBy: ['settle-jobs/fields', 'model/random-steps'],
    defect: eachSettlement((item) => ({ ...item, startedAt: null })),
  },
  {
    name: 'result-cut-to-255',
    breaks: 'settle.fields',
    caughtBy: ['settle-jobs/mebibyte'],
    defect: eachSettlement((item) => ({ ...item, result: item.result?.slice(0, 255) ?? null })),
  },
]

function eachSettlement(change: (item: Settlement, tables: Parameters<Tooth['defect']>[1]) => Settlement): Tooth['defect'] {
  return (intact, tables) => ({ settleJobs: (settlements) => intact.settleJobs(settlements.map((item) => change(item, tables))) })
}
