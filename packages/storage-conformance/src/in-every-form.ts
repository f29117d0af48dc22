import assert from 'node:assert/strict'
import type { CaseContext, RunInTransaction } from './case.js'

/** Runs the check once for each form of the caller's transaction, and names the form that fails. */
export async function inEveryForm(
  context: Pick<CaseContext, 'subject'>,
  check: (run: RunInTransaction, form: string) => Promise<void>,
): Promise<void> {
  const forms = Object.entries(context.subject.transactions ?? {})
  assert.notEqual(forms.length, 0, 'a storage with transactions is tested with at least one form of them: Subject.transactions')
  for (const [form, run] of forms) {
    try {
      await check(run, form)
    } catch (error) {
      throw new Error(`with a ${form} transaction: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
    }
  }
}

/** Thrown by a case to have its own transaction rolled back. */
export class RollBack extends Error {
  override readonly name = 'RollBack'
}

/** Runs `work` in a transaction and rolls it back; rejects when `work` fails, and when the rejection does not come through. */
export async function rolledBack(run: RunInTransaction, work: Parameters<RunInTransaction>[0]): Promise<void> {
  await run(async (tx, query) => {
    await work(tx, query)
    throw new RollBack('on purpose')
  }).then(
    () => assert.fail('a transaction whose work rejects was committed'),
    (error: unknown) => {
      if (!(error instanceof RollBack)) throw error
    },
  )
}
