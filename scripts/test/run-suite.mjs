// @ts-check
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../run.mjs'

/** ms; MongoDB's suite took 10 minutes on a machine with ten processes for each core. */
const suiteTimeout = 1_200_000
const reporter = fileURLToPath(new URL('reporter.mjs', import.meta.url))

/** @typedef {{ title: string, state: string }} TestState its groups and its own title, and `passed`, `failed` or `skipped` */
/** Vitest's own 5 s are for a machine that does nothing else. */
const patience = ['--testTimeout=30000', '--hookTimeout=60000']
/** A process for all files of a suite, one after another: one for each takes 20 s of a core instead of 10 in core's suite. */
const together = '--no-isolate'

/** @typedef {{ passed: number, failed: number, skipped: number, failures: string[], tests: TestState[] }} Outcome failures: name and first line of each */
/** @typedef {{ fullName: string, status: string, failureMessages: string[] | null }} CaseResult */
/** @typedef {{ name: string, status: string, message: string, assertionResults: CaseResult[] }} FileResult */
/** @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number, testResults: FileResult[] }} VitestReport */

/**
 * Runs the vitest suite of one package. Whatever hinders it is a failure, also that there is no test.
 * @param {import('./children.mjs').Children} children
 * @param {string} path
 * @param {{ only?: string[], without?: string[] }} files all without
 * @param {NodeJS.ProcessEnv} env
 * @param {(line: string) => void} onLine
 * @returns {Promise<Outcome>}
 */
export async function runSuite(children, path, { only = [], without = [] }, env, onLine) {
  if (!existsSync(join(root, path))) return failedOnce(`${path} does not exist`)
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-report-'))
  const file = join(folder, 'report.json')
  try {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs')
    const args = [
      vitest,
      'run',
      ...only,
      ...without.map((file) => `--exclude=${file}`),
      together,
      '--slowTestThreshold=10000',
      ...patience,
      `--reporter=${reporter}`,
      '--reporter=json',
      `--outputFile.json=${file}`,
    ]
    const { code, output } = await children.run(process.execPath, args, {
      cwd: join(root, path),
      env: { ...env, ...colors() },
      timeout: suiteTimeout,
      onLine: (line) => line.startsWith('JSON report written to ') || onLine(line),
    })
    if (!existsSync(file)) return failedOnce(`${path}: vitest gave no report: ${output.trim().split('\n').at(-1) ?? ''}`)
    return readReport(path, JSON.parse(readFileSync(file, 'utf8')), code)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** vitest writes into a pipe here and would not know whether a person reads it. */
const colors = () => (process.stdout.isTTY && !process.env.NO_COLOR ? { FORCE_COLOR: '1' } : { NO_COLOR: '1', FORCE_COLOR: undefined })

/** @param {string} failure @returns {Outcome} */
const failedOnce = (failure) => ({ passed: 0, failed: 1, skipped: 0, failures: [failure], tests: [] })

/**
 * @param {string} path
 * @param {VitestReport} report
 * @param {number | null} code with which vitest ended
 * @returns {Outcome}
 */
export function readReport(path, report, code) {
  const { numPassedTests: passed, numFailedTests, numPendingTests, numTodoTests, testResults } = report
  const failures = testResults.flatMap(({ name, status, message, assertionResults }) => {
    const cases = assertionResults.filter((result) => result.status === 'failed')
    if (cases.length > 0) return cases.map(({ fullName, failureMessages }) => `${path}: ${fullName}: ${firstLine(failureMessages?.[0])}`)
    return status === 'failed' ? [`${path}: ${name.slice(name.indexOf(path) + path.length + 1)} did not load: ${firstLine(message)}`] : []
  })
  const skipped = numPendingTests + numTodoTests
  if (passed + numFailedTests + skipped === 0 && failures.length === 0) failures.push(`${path}: there is no test`)
  if (code !== 0 && failures.length === 0) failures.push(`${path}: vitest ended with code ${String(code)} though no test failed`)
  return { passed, failed: Math.max(numFailedTests, failures.length), skipped, failures, tests: testResults.flatMap(statesOf) }
}

/** @param {FileResult} file @returns {TestState[]} */
const statesOf = ({ assertionResults }) =>
  assertionResults.map(({ fullName, status }) => ({
    title: fullName.trim(),
    state: status === 'passed' || status === 'failed' ? status : 'skipped',
  }))

/** @param {string | undefined} text */
const firstLine = (text = '') => text.split('\n')[0] ?? ''
