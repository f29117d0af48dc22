import { randomUUID } from 'node:crypto'
import { completed, contractOf, drainFloor, drainThroughWorker, enqueueMany, enqueueOneByOne, newJobs } from '#product'

const insertedJobs = 20_000
const contractJobs = 10_000
const callers = 16
/** ms */
const singleFor = 3_000

/** Each measure runs both sides in turn, and lets the other begin the next time; answers jobs/s of each run. */
export const measures = {
  insert: {
    title: 'insert in batches of 1,000',
    sides: ['floor', 'contract'],
    target: 0.8,
    run: (bench) =>
      inTurn(bench.repeat, {
        floor: () => bench.onTables(({ floor }) => insert(floor)),
        contract: () => bench.onTables(({ storage }) => insert(contractOf(storage))),
      }),
  },
  single: {
    title: 'enqueue one by one, 16 callers',
    sides: ['floor', 'queue'],
    target: 1,
    run: (bench) =>
      inTurn(bench.repeat, {
        floor: () =>
          bench.onTables(async ({ floor }) => {
            const singles = await floor.singles(callers)
            try {
              return await inCallers(() => singles.insert(newJobs(1)[0]))
            } finally {
              await singles.close()
            }
          }),
        queue: () => bench.onTables(({ storage }) => inCallers(enqueueOneByOne(storage))),
      }),
  },
  bulk: {
    title: 'enqueueMany',
    sides: ['floor', 'queue'],
    target: 0.6,
    run: (bench) =>
      inTurn(bench.repeat, {
        floor: () => bench.onTables(({ floor }) => insert(floor, bench.jobs)),
        queue: () => bench.onTables(async ({ storage }) => rate(bench.jobs, await enqueueMany(storage, bench.jobs))),
      }),
  },
  contract: {
    title: 'claim 100 + settle 100',
    sides: ['floor', 'contract'],
    target: 0.8,
    run: (bench) =>
      inTurn(bench.repeat, {
        floor: () => bench.onTables(async ({ floor }) => claimAndSettle(floor, floor)),
        contract: () => bench.onTables(async ({ floor, storage }) => claimAndSettle(contractOf(storage), floor)),
      }),
  },
  drain: {
    title: 'drain',
    sides: ['floor', 'worker'],
    target: 0.5,
    run: (bench) =>
      inTurn(bench.repeat, {
        floor: () => bench.onTables(async ({ floor }) => rate(bench.jobs, await drainFloor(floor, bench.jobs))),
        worker: () => bench.onTables(({ storage }) => drain(storage, bench.jobs)),
      }),
  },
  crowded: {
    title: 'drain of a full table',
    sides: ['clean', 'crowded'],
    target: 0.85,
    run: (bench) =>
      bench.onTables(async (crowded) => {
        await crowded.floor.crowd(bench.crowd)
        return inTurn(bench.repeat, {
          clean: () => bench.onTables(({ storage }) => drain(storage, bench.jobs)),
          crowded: async () => {
            await crowded.floor.prepareToDrain()
            return drain(crowded.storage, bench.jobs)
          },
        })
      }),
  },
}

async function inTurn(repeat, sides) {
  const rates = Object.fromEntries(Object.keys(sides).map((side) => [side, []]))
  for (let round = 0; round < repeat; round++) {
    const order = Object.entries(sides)
    if (round % 2 === 1) order.reverse()
    for (const [side, run] of order) rates[side].push(await run())
  }
  return rates
}

async function insert(side, count = insertedJobs) {
  const batches = Array.from({ length: Math.ceil(count / 1_000) }, (_, at) => newJobs(Math.min(1_000, count - at * 1_000)))
  const begin = performance.now()
  for (const batch of batches) await side.insert(batch)
  return rate(count, performance.now() - begin)
}

/** Each of the callers awaits its call before the next one, for some seconds. */
async function inCallers(call) {
  let calls = 0
  const begin = performance.now()
  const caller = async () => {
    for (; performance.now() - begin < singleFor; calls++) await call()
  }
  await Promise.all(Array.from({ length: callers }, caller))
  return rate(calls, performance.now() - begin)
}

async function claimAndSettle(side, filler) {
  for (let at = 0; at < contractJobs; at += 1_000) await filler.insert(newJobs(1_000))
  let settled = 0
  const begin = performance.now()
  while (settled < contractJobs) {
    const claimId = randomUUID()
    const claimed = await side.claim(claimId, 100)
    if (claimed.length === 0) throw new Error(`Only ${settled} of ${contractJobs} jobs were claimed.`)
    await side.settle(completed(claimed, claimId))
    settled += claimed.length
  }
  return rate(contractJobs, performance.now() - begin)
}

async function drain(storage, count) {
  return rate(count, await drainThroughWorker(storage, count))
}

const rate = (count, milliseconds) => (count / milliseconds) * 1_000
