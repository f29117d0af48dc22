import { randomUUID } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { handle, type BoundJob, type JobContext } from '@dbjobq/core'
import type { Bank, StorageTransaction } from './database.js'
import { charge } from './jobs.js'

/** Your transaction, here one of Knex: the job is completed in it, so rows and completion commit together or not at all. */
export function chargeInOwnTransaction({ knex, accounts, ledger }: Bank): BoundJob {
  return handle(charge, async ({ payment, account, cents }, ctx) => {
    const entry = await askProvider(ctx)
    return knex.transaction(async (tx) => {
      await tx(accounts).where({ id: account }).decrement('balance', cents)
      await tx(ledger).insert({ entry, payment, account, cents })
      await ctx.complete({ entry }, { tx })
      // Time for the process to be killed between completion and commit.
      await pause(2)
      return { entry }
    })
  })
}

/** The same in a transaction that the storage begins, commits and completes the job in. */
export function chargeInTransactionOfStorage({ accounts, ledger }: Bank): BoundJob {
  return handle(charge, async ({ payment, account, cents }, ctx) => {
    const entry = await askProvider(ctx)
    return ctx.transaction(async (tx: StorageTransaction) => {
      await run(tx, `update ${accounts} set balance = balance - ? where id = ?`, [cents, account])
      await run(tx, `insert into ${ledger} (entry, payment, account, cents) values (?, ?, ?, ?)`, [entry, payment, account, cents])
      await pause(2)
      return { entry }
    })
  })
}

/**
 * Stands for a payment provider. It is asked before the transaction, which keeps that short; and again by a second run, so it is told
 * the id of the job as its idempotency key.
 */
async function askProvider({ id, signal }: JobContext): Promise<string> {
  console.log(`asked ${id}`)
  await pause(10 + Math.random() * 30, undefined, { signal })
  return randomUUID()
}

async function run(tx: StorageTransaction, sql: string, values: (string | number)[]): Promise<void> {
  if ('prepare' in tx) tx.prepare(sql).run(...values)
  else await tx.raw(sql, values)
}
