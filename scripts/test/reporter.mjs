// @ts-check
import { stripVTControlCharacters } from 'node:util'
import { DefaultReporter } from 'vitest/node'

/** vitest's own report, plus a line for each top-level group of a file as it ends: a database suite is one file that takes a minute. */
export default class LiveReporter extends DefaultReporter {
  /**
   * What is the same for every run, or comes again in the table, is left out.
   * @override
   * @param {unknown[]} messages
   */
  log(...messages) {
    const text = stripVTControlCharacters(messages.join(' '))
    if (!/^\s*(Test Files|Start at|Duration|Tests) |^\s*$/.test(text)) super.log(...messages)
  }

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
