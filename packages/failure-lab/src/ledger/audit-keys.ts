import { winnerOf } from './audit-job.js'
import type { History } from './histories.js'

/** When a job surely held its key: from when its enqueuer had the answer until the run that completed it began. Epoch ms. */
export interface Holding {
  key: string
  id: string
  from: number
  to: number
}

export function holdingOf(history: History): Holding[] {
  const { id, enqueued } = history
  const to = winnerOf(history)?.at ?? 0
  return enqueued?.key === undefined || to <= enqueued.at ? [] : [{ key: enqueued.key, id, from: enqueued.at, to }]
}

/** A key is never alive twice. */
export function auditKeys(holdings: Holding[]): string[] {
  return [...Map.groupBy(holdings, ({ key }) => key).values()].flatMap((each) => {
    const inOrder = each.sort((a, b) => a.from - b.from)
    return inOrder
      .filter(({ from }, index) => (inOrder[index - 1]?.to ?? 0) > from)
      .map(({ key, id }) => `job ${id}: enqueued under the key ${key}, which another job held`)
  })
}
