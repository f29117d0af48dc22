import { PostgresStorage } from '@dbjobq/storage-postgres'
import knexOf, { type Knex } from 'knex'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { execute, freshName, url } from './database.js'
import { claim, newJob } from './jobs.js'

const schema = freshName()
const single = (): Knex => knexOf({ client: 'pg', connection: url, pool: { min: 1, max: 1 } })
const knex = single()

beforeAll(() => new PostgresStorage({ knex, schema }).migrate())
afterEach(() => vi.restoreAllMocks())
afterAll(async () => {
  await knex.destroy()
  await execute(`drop schema ${schema} cascade`)
})

/** What a pooler in transaction mode does to prepared statements, done to the one connection by hand. */
describe('behind a pooler that swaps server connections', () => {
  it('goes on without names, and warns once, when its statements are gone (26000)', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const storage = new PostgresStorage({ knex, schema })
    await storage.insertJobs([newJob()])
    for (let call = 0; call < 3; call++) {
      await knex.raw('deallocate all')
      const job = newJob()
      expect(await storage.insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    }
    expect((await claim(storage)).jobs).toHaveLength(4)
    expect(warn).toHaveBeenCalledOnce()
  })

  it('does so when another client made them before (42P05)', async () => {
    const names = await preparedNames()
    expect(names).not.toHaveLength(0)
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const other = single()
    for (const name of names) await other.raw(`prepare "${name}" as select 1`)
    const job = newJob()
    expect(await new PostgresStorage({ knex: other, schema }).insertJobs([job])).toEqual([{ inserted: true, id: job.id }])
    expect(warn).toHaveBeenCalledOnce()
    await other.destroy()
  })
})

/** Of the statement that inserts. */
async function preparedNames(): Promise<string[]> {
  const before = single()
  await new PostgresStorage({ knex: before, schema }).insertJobs([newJob()])
  const { rows } = await before.raw<{ rows: { name: string }[] }>('select name from pg_prepared_statements')
  await before.destroy()
  return rows.map(({ name }) => name)
}
