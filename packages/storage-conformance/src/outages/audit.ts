import assert from 'node:assert/strict'
import { StorageError, type StorageErrorCode } from '@dbjobq/core'
import type { JobRow } from '@dbjobq/core/storage'
import type { AnyStorage } from '../case.js'
import { orphan, type Load } from './load.js'

/** What must hold once an outage is over and everything has ended. */
export async function auditLoad(load: Load, storage: AnyStorage, codes: StorageErrorCode[]): Promise<void> {
  const rows = await readAll(storage)
  assert.deepEqual(
    rows.filter(({ status }) => status !== 'completed').map(({ id, status, errors }) => ({ id, status, errors })),
    [],
    'jobs that were not completed',
  )
  const steps = rows.filter(({ type }) => type === 'outage-step')
  const found = Map.groupBy(steps, ({ data }) => numberIn(data))
  for (const [n, told] of load.enqueued) {
    const count = found.get(n)?.length ?? 0
    if (told === 'acknowledged') assert.equal(count, 1, `job ${n} was acknowledged and is there ${count} times`)
    else if (told === 'refused') assert.equal(count, 0, `job ${n} is there, though it was told that nothing was written`)
    else assert.ok(count <= 1, `job ${n} is there ${count} times`)
  }
  assert.equal(numberIn(found.get(orphan)?.[0]?.result ?? '{}'), orphan, 'the job of the dead worker')

  const { counts } = await storage.countJobs(['status'], { scanLimit: 100_000 })
  assert.deepEqual(
    counts.map(({ status, count }) => [status, count]),
    [['completed', rows.length]],
    'the counts',
  )
  for (const { id, type } of rows) {
    const runs = load.runs.get(id) ?? 0
    assert.ok(runs === 1 || (runs > 1 && load.lost.has(id)), `job ${id} (${type}) ran ${runs} times and its lease was not lost`)
  }
  const ticks = rows.filter(({ type }) => type === 'outage-tick').map(({ options }) => options)
  assert.equal(new Set(ticks).size, ticks.length, 'a tick came twice')

  const odd = load.errors.filter((error) => !codes.some((code) => StorageError.isInstance(error, code)))
  assert.deepEqual(odd, [], `errors other than ${codes.join(', ')}`)
  assert.deepEqual(load.unhandled, [], 'unhandled rejections')
}

async function readAll(storage: AnyStorage): Promise<JobRow[]> {
  const rows: JobRow[] = []
  for (let after: string | undefined; ; after = rows.at(-1)?.id) {
    const page = await storage.findJobs({}, { limit: 1_000, ...(after === undefined ? {} : { after }) })
    rows.push(...page)
    if (page.length < 1_000) return rows
  }
}

function numberIn(text: string): unknown {
  return (JSON.parse(text) as { n?: unknown }).n
}
