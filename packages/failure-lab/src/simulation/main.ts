import { parseArgs } from 'node:util'
import { install } from './install.js'

// Core takes the platform's functions as it is loaded.
install()
const { planOf } = await import('./plan.js')
const { World } = await import('./world.js')

const { values } = parseArgs({
  options: { from: { type: 'string', default: '1' }, to: { type: 'string', default: '200' }, trace: { type: 'boolean', default: false } },
})
const from = Number(values.from)
const to = Number(values.to)
let failed = 0
for (let seed = from; seed <= to; seed++) {
  try {
    console.log(JSON.stringify(await new World(planOf(seed), values.trace ? console.log : undefined).run()))
  } catch (error) {
    failed++
    console.log(JSON.stringify({ seed, error: error instanceof Error ? error.message : String(error) }))
  }
}
process.exitCode = failed > 0 ? 1 : 0
