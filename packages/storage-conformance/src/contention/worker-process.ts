import { appendFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { AnyStorage } from '../case.js'
import { Group } from './group.js'
import type { Entry } from './ledger.js'
import type { Plan } from './plan.js'

/** One process of a contention run; `process-crew.ts` forks it. It must end by itself once its storages are closed. */
export interface WorkerOrders {
  plan: Plan
  index: number
  /** Exports `open()`. */
  module: string
  /** The ledger of this process, a JSON text a line. */
  ledger: string
}

const { plan, index, module, ledger } = JSON.parse(process.argv[2] ?? '') as WorkerOrders
const { open } = (await import(pathToFileURL(module).href)) as { open: () => Promise<AnyStorage> }

const allDone = new AbortController()
let lines: string[] = []
const flush = () => {
  if (lines.length > 0) appendFileSync(ledger, `${lines.join('\n')}\n`)
  lines = []
}
const write = (entry: Entry) => {
  lines.push(JSON.stringify(entry))
  if (lines.length >= 1_000) flush()
}
const orphaned = () => process.exit(1)
process.once('disconnect', orphaned)

/** ms for the calls that are under way at the end: more than a storage may take for one, less than the crew waits for this process. */
const lastCallsMs = 20_000
const giveUp = () => {
  write({ kind: 'error', message: `${process.pid} cannot end, these hang: ${[...group.running].join(', ') || 'close'}` })
  flush()
  process.exit(1)
}

const group = await Group.open(plan, index, open)
process.send?.('ready')
await new Promise((resolve) => process.once('message', resolve))
process.once('message', () => {
  allDone.abort()
  setTimeout(giveUp, lastCallsMs).unref()
})
const succeeded = await group.run(write, allDone.signal, () => process.send?.('produced'))
await group.close()
flush()
process.exitCode = succeeded ? 0 : 1
process.off('disconnect', orphaned)
process.disconnect()
