import assert from 'node:assert/strict'
import type { JobRow } from '@dbjobq/core/storage'
import { statuses } from './cast.js'

/** What holds whatever MemoryStorage says, since that is a product too. */
export function checkInvariants(rows: JobRow[], present: Set<string>): void {
  const ids = rows.map(({ id }) => id)
  assert.equal(new Set(ids).size, ids.length, 'an id is there twice')
  const keys = rows.flatMap(({ uniqueKey }) => uniqueKey ?? [])
  assert.equal(new Set(keys).size, keys.length, 'a unique key is held twice')
  for (const id of present) assert.ok(ids.includes(id), `job ${id} was inserted and is gone`)
  for (const { id, status, attempts, claimId, workerId, keyUntil, uniqueKey } of rows) {
    assert.ok(statuses.includes(status), `job ${id} has the status ${status}`)
    assert.ok(Number.isInteger(attempts) && attempts >= 0, `job ${id} has ${attempts} attempts`)
    assert.equal(claimId === null, workerId === null, `job ${id} has a claim or a worker without the other`)
    if (status !== 'running') continue
    assert.ok(claimId !== null, `job ${id} runs without a claim`)
    assert.ok(keyUntil === 'settlement' || uniqueKey === null, `job ${id} runs and holds its key ${uniqueKey ?? ''}`)
  }
}
