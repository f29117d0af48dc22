import { randomUUID } from 'node:crypto'
import { MongoClient } from 'mongodb'

const durable = { w: 'majority', j: true }
const unclaimed = { attempts: 0, claimId: null, workerId: null, startedAt: null, finishedAt: null, deleteAt: null }
const untouched = { cancelRequestedAt: null, progress: null, result: null, errors: null, rev: 0 }

/** The storage's commands, at its durability: an insert keeps its jobs in an outbox until all of them are in. */
export async function openFloor(url, prefix) {
  const client = new MongoClient(url)
  const database = client.db(undefined, { writeConcern: durable, readConcern: { level: 'local' } })
  const jobs = database.collection(`${prefix}jobs`)
  const batches = database.collection(`${prefix}batches`)
  const queues = database.collection(`${prefix}queues`)
  const early = { writeConcern: { w: 1 } }
  await database.command({ ping: 1 })

  const claim = async (claimId, limit) => {
    const find = {
      sort: { priority: -1, runAt: 1, _id: 1 },
      projection: { outbox: 0, lastWrite: 0, claims: 0 },
      limit: limit + 1,
      batchSize: limit + 2,
    }
    const [found] = await Promise.all([
      jobs.find({ status: 'pending', queue: 'default' }, find).toArray(),
      queues.find({ _id: { $in: ['default'] }, pausedAt: { $ne: null } }, { projection: { _id: 1 } }).toArray(),
    ])
    const ids = found.slice(0, limit).map(({ _id }) => _id)
    if (ids.length === 0) return ids
    await jobs.updateMany(
      { _id: { $in: ids }, status: 'pending', rev: 0 },
      {
        $set: { status: 'running', claimId, workerId: 'bench', startedAt: null },
        $push: { claims: { $each: [claimId], $slice: -3 } },
        $inc: { attempts: 1, rev: 1 },
      },
    )
    return ids
  }
  const settle = async (settlements) => {
    const place = {
      $indexOfArray: [{ $literal: settlements.map(({ id, claimId }) => `${id} ${claimId}`) }, { $concat: ['$_id', ' ', '$claimId'] }],
    }
    const values = { $arrayElemAt: [{ $literal: settlements.map(toValues) }, place] }
    await jobs.updateMany({ _id: { $in: settlements.map(({ id }) => id) }, status: 'running', $expr: { $gte: [place, 0] } }, [
      { $replaceWith: { $mergeObjects: ['$$ROOT', values, { rev: { $add: ['$rev', 1] } }] } },
    ])
  }
  return {
    async insert(rows) {
      const token = randomUUID()
      const documents = rows.map(({ id, ...row }) => ({ _id: id, ...row, ...unclaimed, ...untouched }))
      await batches.insertOne({ _id: token, outbox: { token, jobs: rows } }, early)
      await database.command({ insert: jobs.collectionName, documents, ordered: false, writeConcern: durable })
      await batches.deleteOne({ _id: token, 'outbox.token': token }, early)
    },
    claim,
    settle,
    // Both at once: a claim may read before the settlement is written, yet never finds its jobs, which run already.
    settleAndClaim: async (settlements, claimId, limit) => (await Promise.all([claim(claimId, limit), settle(settlements)]))[0],
    singles: async () => ({
      insert: ({ id, ...row }) => jobs.insertOne({ _id: id, ...row, ...unclaimed, ...untouched }),
      close: async () => {},
    }),
    crowd: (count) => crowd(jobs, count),
    prepareToDrain: async () => undefined,
    close: () => client.close(),
  }
}

function toValues({ id: _id, claimId: _claimId, releaseKey: _releaseKey, forgetClaim: _forgetClaim, ...values }) {
  return { ...values, uniqueKey: null }
}

/** Written lightly: only that they are there counts. */
async function crowd(jobs, count) {
  const now = Date.now()
  const common = { queue: 'default', type: 'noop', groupKey: null, priority: 5, keyUntil: 'settlement', options: '{}', ...untouched }
  const document = (n, kind) => ({
    _id: `${n.toString(16).padStart(8, '0')}-0000-7000-8000-00000000000${kind}`,
    ...common,
    data: JSON.stringify({ i: n, to: 'user@example.com' }),
    ...(kind === 1
      ? { ...unclaimed, status: 'scheduled', runAt: now + 30 * 86_400_000 + n }
      : { ...unclaimed, status: 'completed', runAt: now, attempts: 1, startedAt: now, finishedAt: now, deleteAt: now + 86_400_000 + n }),
  })
  for (const kind of [1, 2]) {
    for (let at = 0; at < count; at += 10_000) {
      const documents = Array.from({ length: Math.min(10_000, count - at) }, (_, i) => document(at + i, kind))
      await jobs.insertMany(documents, { ordered: false, writeConcern: { w: 1 } })
    }
  }
}
