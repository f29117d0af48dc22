import type { AnyStorage } from '../case.js'
import type { Crew } from './crew.js'
import { Group } from './group.js'
import type { Entry } from './ledger.js'
import type { Plan } from './plan.js'

/** For a store that lives in one process: the groups are in this one. */
export async function localCrew(plan: Plan, open: () => Promise<AnyStorage>): Promise<Crew> {
  const groups = await Promise.all(Array.from({ length: plan.processes }, (_, index) => Group.open(plan, index, open)))
  const entries: Entry[] = []
  const allDone = new AbortController()
  const failure = new AbortController()
  const produced = groups.map(() => Promise.withResolvers<undefined>())
  let runs: Promise<void>[] = []
  return {
    failed: failure.signal,
    produced: Promise.all(produced.map(({ promise }) => promise)),
    start: () => {
      runs = groups.map(async (group, index) => {
        const succeeded = await group.run(
          (entry) => entries.push(entry),
          allDone.signal,
          () => produced[index]?.resolve(undefined),
        )
        await group.close()
        if (!succeeded) failure.abort()
      })
    },
    finish: async () => {
      allDone.abort()
      await Promise.all(runs)
      return entries
    },
  }
}
