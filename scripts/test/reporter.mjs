// @ts-check
import { DefaultReporter } from 'vitest/node'

/** vitest's own report, plus a line for each top-level group of a file as it ends: a database suite is one file that takes a minute. */
export default class LiveReporter extends DefaultReporter {
  /**
   * @override
   * @param {import('vitest/node').TestSuite} suite
   */
  onTestSuiteResult(suite) {
    super.onTestSuiteResult(suite)
    if (suite.parent.type !== 'module') return
    const counts = { passed: 0, failed: 0, skipped: 0 }
    let ms = 0
    for (const test of suite.children.allTests()) {
      const { state } = test.result()
      if (state !== 'pending') counts[state]++
      ms += test.diagnostic()?.duration ?? 0
    }
    const said = Object.entries(counts).filter(([, count]) => count > 0)
    this.log(`   ${suite.name}: ${said.map(([state, count]) => `${String(count)} ${state}`).join(', ')}, ${(ms / 1000).toFixed(1)} s`)
  }
}
