// @ts-check
// What `npm test` runs: build and checks, then every suite on every database it is for. How it ends is told by the last line and the exit code.
//   npm test -- --only sqlite,postgres        leaves the other databases out, by name
//   npm test -- --full                        also what is shown elsewhere, too; what the guarantees are made from
import { constants } from 'node:os'
import { startServers } from './servers/index.mjs'
import { root } from './run.mjs'
import { Children } from './test/children.mjs'
import { chooseTargets, readArguments } from './test/choose-targets.mjs'
import { keepRun } from './test/kept-runs.mjs'
import { inLanes } from './test/lanes.mjs'
import { report } from './test/report.mjs'
import { runTarget } from './test/run-target.mjs'
import { build, checks, checksOfSources, runStep } from './test/steps.mjs'
import { findUnnamedSuites } from './test/unnamed-suites.mjs'

/** @param {string} line */
const print = (line) => console.log(line)

/**
 * @param {import('./test/choose-targets.mjs').Target[]} targets
 * @param {Children} children
 * @param {ReturnType<typeof startServers>['servers']} servers
 */
async function runAll(targets, children, servers) {
  const failures = findUnnamedSuites(root).map((path) => `${path} has tests, but no target in scripts/targets.mjs runs them`)
  /** @param {import('./test/steps.mjs').Step} step */
  const check = (step) => async () => {
    if (!(await runStep(children, step, print))) failures.push(step.name)
  }
  // They keep the second core busy while the first builds.
  const early = inLanes(1, checksOfSources.map(check))
  if (!(await runStep(children, build, print))) {
    await early
    return report([], [...failures, 'build: without it nothing else can run'])
  }
  /** @type {import('./test/run-target.mjs').TargetOutcome[]} */
  const outcomes = []
  const targetWork = targets.map((target, index) => async () => {
    const outcome = await runTarget(children, target, target.server && servers.get(target.server), print)
    if (target.left.length === 0) keepRun(root, outcome)
    outcomes[index] = outcome
  })
  // Many a test waits: with fewer lanes the cores do, too. The checks only compute, so they fill the end.
  await Promise.all([early, inLanes(6, [...targetWork, ...checks.map(check)])])
  return report(outcomes, failures)
}

async function main() {
  const { names: families, full } = readArguments(process.argv.slice(2))
  const targets = chooseTargets(families, process.env, full)
  const names = targets.flatMap(({ server }) => (server ? [server] : []))
  const children = new Children()
  const { servers, stop } = startServers(names)
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.once(signal, () => {
      children.endAll()
      void stop().finally(() => process.exit(128 + constants.signals[signal]))
    })
  }
  const { text, failed } = await runAll(targets, children, servers).finally(stop)
  print(text)
  process.exitCode = failed > 0 ? 1 : 0
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  print('0 passed, 1 failed')
  process.exitCode = 1
}
