import { parseArgs } from 'node:util'
import { install } from './install.js'
import type { Aim } from './plan.js'

// Core takes the platform's functions as it is loaded.
install()
const { aimedPlan, harshPlan, planOf } = await import('./plan.js')
const { World } = await import('./world.js')
const { isDefect, withDefect } = await import('./defects.js')

const { values } = parseArgs({
  options: {
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: '200' },
    /** Every so many seeds. */
    step: { type: 'string', default: '1' },
    /** Instead of seeds: `from` and `to` are the moments at which this happens to the first worker. */
    blow: { type: 'string' },
    /** Ends with the first that fails. */
    untilFailed: { type: 'boolean', default: false },
    /** Prints all that happens. */
    trace: { type: 'boolean', default: false },
    /** Breaks the store in a known way, which a world must notice. */
    defect: { type: 'string' },
  },
})
const { blow, defect, trace } = values
if (defect !== undefined && !isDefect(defect)) throw new Error(`--defect ${defect} is not known`)
let failed = 0
for (let number = Number(values.from); number <= Number(values.to); number += Number(values.step)) {
  const plan = blow !== undefined ? aimedPlan({ blow: blow as Aim['blow'], at: number }) : defect ? harshPlan(number) : planOf(number)
  const world = new World(plan, { trace: trace ? console.log : undefined, breakStorage: defect && withDefect(defect) })
  try {
    console.log(JSON.stringify({ number, ...(await world.run()) }))
  } catch (error) {
    failed++
    console.log(JSON.stringify({ number, error: error instanceof Error ? error.message : String(error) }))
    if (values.untilFailed) break
  }
}
process.exitCode = failed > 0 ? 1 : 0
