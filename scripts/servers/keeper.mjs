// @ts-check
// The process that server processes are children of. It has its own session, so Ctrl-C passes it by, and it learns by the closing of its
// channel that whoever wanted the servers is done or dead, even of kill -9: then it ends them and removes their data.
//   node keeper.mjs <folder that holds all their data>
import { spawn } from 'node:child_process'
import { closeSync, openSync, rmSync } from 'node:fs'

/** @typedef {{ id: number, command: string, args: string[], env: Record<string, string>, uid?: number, gid?: number, stdin?: string, log: string, stopSignal: NodeJS.Signals }} Order */
/** @typedef {{ kill: number }} Kill by the id of its order */

const folder = process.argv[2]
/** @type {Map<number, { child: import('node:child_process').ChildProcess, stopSignal: NodeJS.Signals }>} */
const children = new Map()

/** @param {Order} order */
function start({ id, command, args, stdin, log, stopSignal, ...options }) {
  const [input, output] = [openSync(stdin ?? '/dev/null', 'r'), openSync(log, 'a')]
  const child = spawn(command, args, { ...options, cwd: '/', stdio: [input, output, output] })
  closeSync(input)
  closeSync(output)
  children.set(id, { child, stopSignal })
  /** @param {string} how */
  const ended = (how) => {
    children.delete(id)
    if (process.connected) process.send?.({ id, ended: how })
    else if (children.size === 0) leave()
  }
  child.once('error', (error) => ended(error.message))
  child.once('exit', (code, signal) => ended(code === 0 ? '' : `it ended with ${signal ?? `code ${String(code)}`}`))
}

function leave() {
  if (folder) rmSync(folder, { recursive: true, force: true })
  process.exit()
}

process.on('message', (/** @type {Order | Kill} */ order) => {
  if ('kill' in order) children.get(order.kill)?.child.kill('SIGKILL')
  else start(order)
})
process.on('disconnect', () => {
  if (children.size === 0) leave()
  for (const { child, stopSignal } of children.values()) child.kill(stopSignal)
  setTimeout(() => {
    for (const { child } of children.values()) child.kill('SIGKILL')
  }, 5_000)
})
