import { meanwhile, type Tooth } from './tooth.js'

export const leaseTeeth: Tooth[] = [
  {
    name: 'revives-an-expired-lease',
    breaks: 'heartbeat.never-revive',
    caughtBy: ['heartbeat/ran-out', 'model/random-steps', 'contention/one-process'],
    defect: (intact, { workers }) => ({
      heartbeat: (beat) => {
        const row = workers.get(beat.workerId)
        if (row && row.leaseUntil <= beat.now) row.leaseUntil = beat.now + 1
        return intact.heartbeat(beat)
      },
    }),
  },
  {
    name: 'makes-an-absent-worker-anew',
    breaks: 'heartbeat.never-revive',
    caughtBy: ['heartbeat/absent', 'model/random-steps'],
    defect: (intact) => ({ heartbeat: (beat) => intact.heartbeat({ ...beat, first: true }) }),
  },
  {
    name: 'refuses-the-first-beat-when-it-comes-twice',
    breaks: 'heartbeat.lease',
    caughtBy: ['heartbeat/first-again'],
    defect: (intact, { workers }) => ({
      heartbeat: (beat) =>
        beat.first && workers.has(beat.workerId) ? Promise.resolve({ alive: false, claims: [] }) : intact.heartbeat(beat),
    }),
  },
  {
    name: 'lets-a-late-beat-shorten-the-lease',
    breaks: 'heartbeat.never-shorten',
    caughtBy: ['heartbeat/late'],
    defect: (intact, { workers }) => ({
      heartbeat: async (beat) => {
        const answer = await intact.heartbeat(beat)
        const row = workers.get(beat.workerId)
        if (row && answer.alive) row.leaseUntil = beat.leaseUntil
        return answer
      },
    }),
  },
  {
    name: 'keeps-a-worker-that-left',
    breaks: 'heartbeat.lease',
    caughtBy: ['heartbeat/lease', 'model/random-steps'],
    defect: (intact, { workers }) => ({
      heartbeat: async (beat) => {
        const row = workers.get(beat.workerId)
        const answer = await intact.heartbeat(beat)
        if (row) workers.set(beat.workerId, row)
        return answer
      },
    }),
  },
  {
    name: 'hides-the-cancels',
    breaks: 'heartbeat.claims',
    caughtBy: ['heartbeat/claims'],
    defect: (intact) => ({
      heartbeat: async (beat) => {
        const { alive, claims } = await intact.heartbeat(beat)
        return { alive, claims: claims.map((claim) => ({ ...claim, cancelRequested: false })) }
      },
    }),
  },
  {
    name: 'lists-what-was-settled',
    breaks: 'heartbeat.claims',
    caughtBy: ['heartbeat/claims', 'contention/one-process'],
    defect: (intact, { jobs }) => ({
      heartbeat: async (beat) => {
        const { alive } = await intact.heartbeat(beat)
        const claimed = [...jobs.values()].filter((job) => job.workerId === beat.workerId && job.claimId !== null)
        const claims = claimed.map((job) => ({ id: job.id, claimId: job.claimId ?? '', cancelRequested: job.cancelRequestedAt !== null }))
        return { alive, claims: alive ? claims : [] }
      },
    }),
  },
  {
    name: 'orphans-of-the-living',
    breaks: 'orphans.dead-only',
    caughtBy: ['find-orphans/dead-only', 'model/random-steps', 'contention/one-process'],
    defect: (intact) => ({ findOrphans: (request) => intact.findOrphans({ ...request, now: request.now + 600_000 }) }),
  },
  {
    name: 'workers-read-before-the-jobs',
    breaks: 'orphans.dead-only',
    caughtBy: ['find-orphans/worker-just-came'],
    defect: (intact, { workers }) => ({
      findOrphans: async (request) => {
        const alive = new Set([...workers.values()].filter((worker) => worker.leaseUntil > request.now).map(({ id }) => id))
        await meanwhile()
        const running = await intact.findJobs({ status: ['running'] }, { limit: 1_000 })
        return running.filter((job) => !alive.has(job.workerId ?? '')).slice(0, request.limit)
      },
    }),
  },
  {
    name: 'orphans-need-a-worker-row',
    breaks: 'orphans.dead-only',
    caughtBy: ['find-orphans/dead-only', 'model/random-steps'],
    defect: (intact, { workers }) => ({
      findOrphans: async (request) => (await intact.findOrphans(request)).filter((job) => workers.has(job.workerId ?? '')),
    }),
  },
  {
    name: 'orphans-again-on-the-next-page',
    breaks: 'orphans.paging',
    caughtBy: ['find-orphans/paging', 'model/random-steps'],
    defect: (intact) => ({
      findOrphans: async (request) => {
        // With a limit of 1 nobody would ever get further.
        const last = request.after === undefined || request.limit === 1 ? [] : await intact.findJobs({ ids: [request.after] }, { limit: 1 })
        return [...last, ...(await intact.findOrphans(request))].slice(0, request.limit)
      },
    }),
  },
  {
    name: 'orphans-among-the-first-running-only',
    breaks: 'orphans.paging',
    caughtBy: ['find-orphans/behind-the-living'],
    defect: (intact) => ({
      findOrphans: async (request) => {
        const { after } = request
        const seen = await intact.findJobs({ status: ['running'] }, { limit: request.limit, ...(after === undefined ? {} : { after }) })
        const ids = new Set(seen.map(({ id }) => id))
        return (await intact.findOrphans(request)).filter(({ id }) => ids.has(id))
      },
    }),
  },
]
