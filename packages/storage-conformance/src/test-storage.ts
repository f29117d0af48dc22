import { reasonsToSkip } from './applicable.js'
import type { ConformanceCase, Subject } from './case.js'
import { allCases } from './cases/index.js'
import { runCase } from './run-case.js'

/** The `describe` and `it` of a test runner; vitest, node:test and jest fit. */
export interface TestRunner {
  describe: (name: string, body: () => void) => unknown
  it: ((name: string, body: () => Promise<void>, timeout?: number) => unknown) & {
    skip: (name: string, body: () => Promise<void>) => unknown
  }
}

/**
 * Registers every case of the contract with the test runner. Await it at the top of a test file:
 * it asks the storage once what it can do, and names those cases that do not apply as skipped, with the reason.
 */
export async function testStorage(options: TestRunner & Subject & { cases?: ConformanceCase[] }): Promise<void> {
  const { describe, it, cases = allCases, ...subject } = options
  const skipped = await reasonsToSkip(subject, cases)
  for (const [member, group] of Map.groupBy(cases, (item) => item.id.split('/')[0] ?? '')) {
    describe(member, () => {
      for (const item of group) {
        const reason = skipped.get(item.id)
        if (reason !== undefined) it.skip(`${item.id}: not applicable, ${reason}`, () => Promise.resolve())
        else it(`${item.id}: a storage ${item.title}`, () => runCase(subject, item), item.timeout ?? 30_000)
      }
    })
  }
}
