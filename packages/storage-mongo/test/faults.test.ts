import { StorageError, type NewJob } from '@dbjobq/core/storage'
import { MongoStorage } from '@dbjobq/storage-mongo'
import { Db } from 'mongodb'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { isReplicaSet, temporaryDatabase, url } from './database.js'
import { claimRequest, completion, newId, newJob } from './jobs.js'
import { lossyProxy, type LossyProxy } from './lossy-proxy.js'

const place = temporaryDatabase()
const { client, database } = place
const appName = `faults-${database}`
/** An injected stepdown changes nothing that the server would push, so the driver learns only at its next heartbeat that all is well. */
const named = `${url}${url.includes('?') ? '&' : '?'}appName=${appName}&heartbeatFrequencyMS=500`
const admin = client.db('admin')
const storage = new MongoStorage({ url: named, database })

/** The next commands of these names fail before the server carries them out, those of `storage` only. */
async function failCommands(
  failCommands: string[],
  how: Record<string, unknown>,
  mode: Record<string, number> = { times: 1 },
): Promise<void> {
  await admin.command({ configureFailPoint: 'failCommand', mode, data: { failCommands, appName, ...how } })
}

async function start(count = 1): Promise<Awaited<ReturnType<MongoStorage['claimJobs']>>['jobs']> {
  await storage.insertJobs(Array.from({ length: count }, () => newJob()))
  return (await storage.claimJobs(claimRequest())).jobs
}

beforeAll(async () => {
  await storage.migrate()
})

beforeEach(async () => {
  await admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
  for (const name of ['jobs', 'states', 'batches', 'workers']) await client.db(database).collection(`dbjobq_${name}`).deleteMany({})
})

afterAll(async () => {
  await admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
  await storage.close()
  await place[Symbol.asyncDispose]()
})

describe('typed errors', { timeout: 30_000 }, () => {
  const rejection = async (call: Promise<unknown>): Promise<StorageError> => {
    const error = await call.then(
      () => undefined,
      (caught: unknown) => caught,
    )
    if (!(error instanceof StorageError)) throw new Error(`no StorageError: ${String(error)}`)
    return error
  }

  it('tells a wrong password as FORBIDDEN', async () => {
    const forbidden = new MongoStorage(url.replace('mongodb://', 'mongodb://nobody:wrong@'))
    expect(await rejection(forbidden.describe())).toMatchObject({ code: 'FORBIDDEN', retryable: false, applied: 'no' })
    await forbidden.close()
  })

  it('repeats a write for which the driver passes on the bare error of its socket', async () => {
    const ended = Object.assign(new Error('This socket has been ended by the other party'), { code: 'EPIPE' })
    const command = vi.spyOn(Db.prototype, 'command').mockRejectedValueOnce(ended)
    const job = newJob()
    expect(await storage.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    expect(command.mock.calls.length).toBeGreaterThan(1)
    command.mockRestore()
  })

  it('takes a write that no majority confirmed for one whose outcome is unknown, and finds it when it repeats the call', async () => {
    const writeConcernError = { code: 64, errmsg: 'waiting for replication timed out' }
    for (const [command, call, answer] of [
      ['insert', (job: NewJob) => storage.insertJobs([job]), (job: NewJob) => [{ inserted: true, id: job.id }]],
      ['update', (job: NewJob) => storage.insertJobs([job]).then(() => storage.claimJobs(claimRequest())), undefined],
    ] as const) {
      const job = newJob()
      await failCommands([command], { writeConcernError })
      const said = await call(job)
      if (answer) expect(said).toEqual(answer(job))
      else expect(said).toMatchObject({ jobs: [{ id: job.id }] })
      await client.db(database).collection('dbjobq_jobs').deleteMany({})
    }
  })

  it('tells UNAVAILABLE with an unknown outcome while no majority confirms, though the job is there', async () => {
    const hurried = new MongoStorage({ url: named, database, callTimeout: 600 })
    await hurried.findQueues()
    const job = newJob()
    await failCommands(['insert'], { writeConcernError: { code: 64, errmsg: 'waiting for replication timed out' } }, { times: 10_000 })
    const error = await rejection(hurried.insertJobs([job]))
    expect(['UNAVAILABLE', 'TIMEOUT']).toContain(error.code)
    expect(error).toMatchObject({ retryable: true, applied: 'unknown' })
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
    expect(await storage.findJobs({ ids: [job.id] }, { limit: 1 })).toHaveLength(1)
    expect(await hurried.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    await hurried.close()
  })

  it('tells a missing right and a full disk by their codes', async () => {
    const codes = [
      [13, 'FORBIDDEN', 'no'],
      [14031, 'STORAGE_FULL', 'no', true],
    ] as const
    for (const [errorCode, code, applied, retryable = false] of codes) {
      await failCommands(['insert'], { errorCode })
      const error = await rejection(storage.insertJobs([newJob()]))
      expect(error).toMatchObject({ code, applied, retryable })
      expect(error.cause).toMatchObject({ code: errorCode })
    }
  })

  it('repeats a call after conflicts and stepdowns, and tells CONTENTION when they never end', async () => {
    for (const errorCode of [112, 189, 91]) {
      await failCommands(['insert'], { errorCode }, { times: 3 })
      const job = newJob()
      expect(await storage.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    }
    const hurried = new MongoStorage({ url: named, database, callTimeout: 300 })
    await failCommands(['insert'], { errorCode: 112 }, { times: 1_000 })
    expect(['CONTENTION', 'TIMEOUT']).toContain((await rejection(hurried.insertJobs([newJob()]))).code)
    await hurried.close()
  })

  it('ends within the call timeout when the server does not answer, and goes on afterwards', async () => {
    const hurried = new MongoStorage({ url: named, database, callTimeout: 500 })
    await hurried.findQueues()
    await failCommands(['find'], { blockConnection: true, blockTimeMS: 3_000 })
    const began = performance.now()
    expect(await rejection(hurried.findQueues())).toMatchObject({ code: 'TIMEOUT', applied: 'no' })
    expect(performance.now() - began).toBeLessThan(2_500)
    expect(await hurried.findQueues()).toEqual([])
    await hurried.close()
  })
})

describe('lost answers', { timeout: 30_000 }, () => {
  let proxy: LossyProxy
  let lossy: MongoStorage

  beforeAll(async () => {
    proxy = await lossyProxy(url)
    lossy = new MongoStorage({ url: proxy.url, database })
    await lossy.findQueues()
  })

  afterAll(async () => {
    await lossy.close()
    await proxy[Symbol.asyncDispose]()
  })

  const losing = async <T>(command: string, call: () => Promise<T>, collection = 'jobs'): Promise<T> => {
    const before = proxy.lost
    proxy.loseAnswerTo(command, `dbjobq_${collection}`)
    const answer = await call()
    expect(proxy.lost).toBe(before + 1)
    return answer
  }

  it('inserts once and answers inserted, one job and many', async () => {
    const jobs = [newJob({ uniqueKey: 'a' }), newJob({ uniqueKey: 'b' }), newJob()]
    const answers = jobs.map(({ id }) => ({ inserted: true, id }))
    expect(await losing('insert', () => lossy.insertJobs(jobs.slice(0, 1)))).toEqual(answers.slice(0, 1))
    expect(await losing('insert', () => lossy.insertJobs(jobs))).toEqual(answers)
    expect(await losing('insert', () => lossy.insertJobs(jobs), 'batches')).toEqual(answers)
    expect(await losing('delete', () => lossy.insertJobs(jobs), 'batches')).toEqual(answers)
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(3)
    expect(await client.db(database).collection('dbjobq_batches').countDocuments()).toBe(0)
  })

  it('answers the jobs that it claimed, and claims no more than asked for', async () => {
    await storage.insertJobs(Array.from({ length: 8 }, () => newJob({ uniqueKey: newId(), keyUntil: 'claim' })))
    const { jobs } = await losing('update', () => lossy.claimJobs(claimRequest({ limit: 5 })))
    expect(jobs).toHaveLength(5)
    expect(await storage.findJobs({ status: ['running'] }, { limit: 10 })).toEqual(expect.arrayContaining(jobs))
    expect(await storage.findJobs({ status: ['running'] }, { limit: 10 })).toHaveLength(5)
  })

  it('answers settled to the owner and to the rescuer, with follow-ups once', async () => {
    const [own, orphan] = await start(2)
    const followUps = [newJob({ queue: 'later' }), newJob({ queue: 'later' })]
    const batch = [
      completion(own ?? expect.unreachable(), { followUps }),
      completion(orphan ?? expect.unreachable(), { status: 'pending', forgetClaim: true }),
    ]
    expect(await losing('update', () => lossy.settleJobs(batch))).toEqual(['settled', 'settled'])
    expect(await storage.findJobs({ queue: ['later'] }, { limit: 10 })).toHaveLength(2)
    expect((await storage.findJobs({ status: ['pending'], queue: ['default'] }, { limit: 10 })).map(({ id }) => id)).toEqual([orphan?.id])
    const [rescued] = (await storage.claimJobs(claimRequest())).jobs
    const rescue = completion(rescued ?? expect.unreachable(), { status: 'pending', forgetClaim: true })
    expect(await losing('update', () => lossy.settleJobs([rescue]))).toEqual(['settled'])
    expect(await storage.settleJobs([rescue])).toEqual(['lost'])
  })

  it('answers updated, marked and deleted', async () => {
    const jobs = [newJob(), newJob(), newJob()]
    await storage.insertJobs(jobs)
    const cancels = jobs.map(({ id }) => ({ id, from: ['pending' as const], set: { status: 'cancelled' as const } }))
    expect(await losing('update', () => lossy.updateJobs(cancels))).toEqual(['updated', 'updated', 'updated'])
    expect(await losing('findAndModify', () => lossy.deleteJobs(jobs.map(({ id }) => id)))).toEqual(jobs.map(({ id }) => id))
    const [row] = await start()
    const mark = { id: row?.id ?? '', claimId: row?.claimId ?? '', startedAt: 7 }
    expect(await losing('update', () => lossy.markJobs([mark]))).toEqual([true])
  })

  it('keeps the lease of a first heartbeat', async () => {
    const beat = { workerId: 'w', info: '{}', now: 1, leaseUntil: 2, first: true }
    expect(await losing('update', () => lossy.heartbeat(beat), 'workers')).toEqual({ alive: true, claims: [] })
    expect(await losing('update', () => lossy.heartbeat({ ...beat, first: false, leaseUntil: 3 }), 'workers')).toEqual({
      alive: true,
      claims: [],
    })
  })

  it('writes a state once, with its jobs once', async () => {
    const state = { kind: 'schedule', id: 'a', dueAt: 1, text: 'one' }
    expect(await losing('update', () => lossy.putState(state, null, [newJob(), newJob()]), 'states')).toBe(true)
    expect(await losing('update', () => lossy.putState({ ...state, text: 'two' }, 1, [newJob()]), 'states')).toBe(true)
    expect(await storage.findStates({ kind: 'schedule' }, { limit: 5 })).toMatchObject([{ revision: 2, text: 'two' }])
    expect(await storage.findJobs({}, { limit: 10 })).toHaveLength(3)
  })

  it('deletes a state, or says that it cannot know who did', async () => {
    await storage.putState({ kind: 'schedule', id: 'a', dueAt: null, text: '' }, null)
    const removal = losing('delete', () => lossy.putState({ kind: 'schedule', id: 'a', dueAt: null, text: null }, 1), 'states')
    if (await isReplicaSet(client)) expect(await removal).toBe(true)
    else await expect(removal).rejects.toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    expect(await storage.findStates({ kind: 'schedule' }, { limit: 5 })).toEqual([])
  })
})

describe('outboxes', { timeout: 30_000 }, () => {
  /** As a crash between the write and its jobs: the server refuses to insert. */
  async function crashed(call: () => Promise<unknown>, skip = 0): Promise<void> {
    await failCommands(['insert'], { errorCode: 13 }, { skip })
    await expect(call()).rejects.toMatchObject({ code: 'FORBIDDEN', applied: 'unknown' })
    await admin.command({ configureFailPoint: 'failCommand', mode: 'off' })
  }
  const promote = () => storage.promoteJobs({ now: 0, limit: 100 })
  const jobsIn = async (queue: string) => (await storage.findJobs({ queue: [queue] }, { limit: 10 })).length

  it('hold the follow-ups of a settlement until a promotion inserts them, and their job as long', async () => {
    const [row] = await start()
    const settlement = completion(row ?? expect.unreachable(), { followUps: [newJob({ queue: 'later' }), newJob({ queue: 'later' })] })
    await crashed(() => storage.settleJobs([settlement]))
    expect(await jobsIn('later')).toBe(0)
    expect(await storage.deleteJobs([settlement.id])).toEqual([])
    expect(await storage.pruneJobs({ now: 1_000, limit: 10 })).toBe(0)
    expect(await storage.settleJobs([settlement])).toEqual(['settled'])
    await Promise.all([promote(), promote(), promote()])
    expect(await jobsIn('later')).toBe(2)
    expect(await storage.deleteJobs([settlement.id])).toEqual([settlement.id])
  })

  it('hold the jobs of a state, which cannot be overwritten or deleted before they are in', async () => {
    const state = { kind: 'schedule', id: 'a', dueAt: 1, text: 'one' }
    await crashed(() => storage.putState(state, null, [newJob({ queue: 'tick' })]))
    expect(await jobsIn('tick')).toBe(0)
    expect(await storage.putState({ ...state, text: null }, 1)).toBe(true)
    expect(await jobsIn('tick')).toBe(1)
  })

  it('hold a batch of jobs until all of them are in', async () => {
    const jobs = [newJob({ queue: 'bulk' }), newJob({ queue: 'bulk', uniqueKey: 'k' }), newJob({ queue: 'bulk', uniqueKey: 'k' })]
    await crashed(() => storage.insertJobs(jobs), 1)
    expect(await jobsIn('bulk')).toBe(0)
    await promote()
    expect(await jobsIn('bulk')).toBe(2)
    expect(await client.db(database).collection('dbjobq_batches').countDocuments()).toBe(0)
  })
})
