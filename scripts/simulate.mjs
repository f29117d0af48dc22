// @ts-check
// `npm run simulate`: many simulated worlds, on all cores. A seed that fails is told at once; the same seed fails at the same step again.
//   npm run simulate -- --to 1000000                    a million seeds
//   npm run simulate -- --from 81 --to 81 --trace       all that happens in one world
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { compile } from './compile.mjs'
import { endLike, root, run } from './run.mjs'

const { values } = parseArgs({
  options: { from: { type: 'string', default: '1' }, to: { type: 'string', default: '200' }, trace: { type: 'boolean', default: false } },
})
const from = Number(values.from)
const to = Number(values.to)
if (!Number.isInteger(from) || !Number.isInteger(to) || from < 1 || to < from) {
  console.error('usage: npm run simulate -- [--from <seed>] [--to <seed>] [--trace]')
  process.exit(2)
}
const built = await run('node', compile(['packages/simulation']))
if (built.signal || built.code !== 0) endLike(built)

const total = { worlds: 0, failed: 0, steps: 0, runs: 0, hours: 0 }
const began = performance.now()
const tell = () => {
  const seconds = Math.round((performance.now() - began) / 1_000)
  console.error(
    `${String(total.worlds)} worlds, ${total.hours.toFixed(0)} h, ${String(total.runs)} runs, ${String(total.steps)} steps, ${String(total.failed)} failed, ${String(seconds)} s`,
  )
}
const progress = setInterval(tell, 10_000)
const children = Math.min(availableParallelism(), to - from + 1)
await Promise.all(Array.from({ length: children }, (_, index) => simulate(from + index)))
clearInterval(progress)
tell()
process.exitCode = total.failed > 0 ? 1 : 0

/** @param {number} first every so many seeds from this one on */
async function simulate(first) {
  const main = join(root, 'packages/simulation/dist/main.js')
  const args = [main, '--from', String(first), '--to', String(to), '--step', String(children), ...(values.trace ? ['--trace'] : [])]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for await (const line of createInterface(child.stdout)) {
    if (!line.startsWith('{')) console.log(line)
    else add(/** @type {{ error?: string, steps?: number, runs?: number, duration?: number }} */ (JSON.parse(line)))
  }
  const code = await ended
  if (code !== 0 && code !== 1) throw new Error(`a simulation ended with ${String(code)}`)
}

/** @param {{ error?: string, steps?: number, runs?: number, duration?: number }} world */
function add({ error, steps = 0, runs = 0, duration = 0 }) {
  total.worlds++
  total.steps += steps
  total.runs += runs
  total.hours += duration / 3_600_000
  if (error === undefined) return
  total.failed++
  console.log(error)
}
