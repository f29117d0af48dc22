import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openBank, type Bank } from '../src/database.js'
import { charge } from '../src/jobs.js'
import { Workers } from './workers.js'

const folder = mkdtempSync(join(tmpdir(), 'payments-'))
const environment = {
  DATABASE_URL: process.env.DBJOBQ_DATABASE_URL ?? join(folder, 'bank.sqlite'),
  TABLE_PREFIX: `bank_${randomBytes(4).toString('hex')}_`,
  LEASE: '3000',
}
const names = ['ada', 'bob', 'cyd']
const opening = 1_000_000
const kills = 6
const paymentsOfARound = 150

const workers = new Workers(environment)
let bank: Bank
beforeAll(async () => {
  bank = await openBank(environment)
  await bank.knex(bank.accounts).insert(names.map((id) => ({ id, balance: opening })))
}, 60_000)

afterAll(async () => {
  await workers.stop()
  await bank.knex.schema.dropTable(bank.accounts)
  await bank.knex.schema.dropTable(bank.ledger)
  await bank.queue.migrate({ to: 0 })
  await bank.close()
  rmSync(folder, { recursive: true })
}, 60_000)

it('charges each payment exactly once while workers are killed', { timeout: 120_000 }, async () => {
  const forms = ['own', 'storage'] as const
  await Promise.all(forms.map((form) => workers.start(form)))
  for (let round = 0; round < kills; round++) {
    const before = await written()
    await enqueuePayments(round * paymentsOfARound)
    // Somewhere in the work of this round, of which some is left.
    await until(async () => (await written()) >= before + 5 + randomInt(50))
    await pause(randomInt(15))
    await workers.kill()
    await workers.start(forms[round % 2] ?? 'own')
  }

  const payments = kills * paymentsOfARound
  await until(async () => (await bank.queue.stats()).byStatus.completed === payments)
  expect(await workers.stop()).toEqual([0, 0])
  await audit(payments)
})

async function audit(payments: number): Promise<void> {
  const entries = await bank.knex<{ entry: string; payment: string; account: string; cents: number }>(bank.ledger)
  expect(new Set(entries.map(({ payment }) => payment)).size).toBe(payments)
  expect(entries).toHaveLength(payments)

  const balances = await bank.knex<{ id: string; balance: number }>(bank.accounts)
  for (const { id, balance } of balances) {
    const charged = entries.filter(({ account }) => account === id).reduce((sum, { cents }) => sum + cents, 0)
    expect(balance).toBe(opening - charged)
  }

  // The result that a job tells is that of the run whose rows are there.
  const entryOf = new Map(entries.map(({ payment, entry }) => [payment, entry]))
  for await (const { data, result } of bank.queue.iterateJobs({ job: charge })) {
    expect(result).toEqual({ entry: entryOf.get(data.payment) })
  }

  // Else no kill met a running job, and nothing was shown.
  expect([...workers.asked.values()].filter((times) => times > 1).length).toBeGreaterThan(0)
}

async function enqueuePayments(first: number): Promise<void> {
  await bank.queue.enqueueMany(
    charge,
    Array.from({ length: paymentsOfARound }, (_, i) => ({
      payment: `payment-${first + i}`,
      account: names[i % names.length] ?? '',
      cents: 1 + randomInt(100),
    })),
  )
}

async function written(): Promise<number> {
  const [row] = await bank.knex(bank.ledger).count<{ count: number | string }[]>({ count: '*' })
  return Number(row?.count)
}

async function until(reached: () => Promise<boolean>): Promise<void> {
  while (!(await reached())) await pause(5)
}
