import type { NewJob } from '@dbjobq/core/storage'
import fc from 'fast-check'
import type { AnyStorage, CaseContext, ConformanceCase } from '../case.js'
import { cast } from './cast.js'
import { clean } from './clean.js'
import { Pair } from './pair.js'
import { makeStep, step, type Step } from './steps/index.js'

/** Runs of the model and steps of each run, at most. */
export interface ModelSize {
  runs: number
  steps: number
  /** False: a failure is told as it is, at once. Default true. */
  shrinks?: boolean
}

const limitMs = 120_000

/** `model/random-steps`. `DBJOBQ_SEED` and `DBJOBQ_PATH` replay the failure that named them. */
export function modelCases({ runs, steps, shrinks = true }: ModelSize = { runs: 30, steps: 80 }): ConformanceCase[] {
  return [
    {
      id: 'model/random-steps',
      title: `answers like MemoryStorage in ${runs} random runs of up to ${steps} calls`,
      proves: [],
      timeout: limitMs + 30_000,
      run: async (context) => {
        const fresh = freshStores(context)
        const property = fc.asyncProperty(cast, fc.array(step, { maxLength: steps, size: 'max' }), async (jobs, made) =>
          runSteps(await fresh(), jobs, made),
        )
        await fc.assert(property, {
          numRuns: runs,
          unbiased: true,
          endOnFailure: !shrinks,
          ...replay(context.seed),
          interruptAfterTimeLimit: limitMs,
          markInterruptAsFailure: true,
          includeErrorInReport: true,
        })
      },
    },
  ]
}

function replay(random: number): { seed: number; path?: string } {
  const { DBJOBQ_SEED: seed, DBJOBQ_PATH: path } = process.env
  return { seed: seed === undefined ? random : Number(seed), ...(path === undefined ? {} : { path }) }
}

/** Two connections on an empty store for each run. */
function freshStores(context: CaseContext): () => Promise<AnyStorage[]> {
  let stores: Promise<[AnyStorage, AnyStorage]> = openTwo(context)
  return async () => {
    if (await clean((await stores)[0])) return stores
    await context.subject.reset()
    stores = openTwo(context)
    return stores
  }
}

async function runSteps(stores: AnyStorage[], jobs: NewJob[], steps: Step[]): Promise<void> {
  const pair = new Pair(stores, jobs)
  await pair.prepare()
  for (const made of steps) await makeStep(pair, made)
}

async function openTwo(context: CaseContext): Promise<[AnyStorage, AnyStorage]> {
  const first = await context.open()
  await first.migrate()
  return [first, await context.open()]
}
