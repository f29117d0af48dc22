import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, existsSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Crew } from './crew.js'
import type { Entry } from './ledger.js'
import type { Plan } from './plan.js'
import type { WorkerOrders } from './worker-process.js'

/** A child gives up by itself when a call hangs; what still runs after this has closed its storages and left something open. */
const endMs = 25_000

/** Each group in a process of its own, which opens its storages by `module`. */
export async function processCrew(plan: Plan, module: string): Promise<Crew> {
  const folder = mkdtempSync(join(tmpdir(), 'dbjobq-contention-'))
  const ledgers = Array.from({ length: plan.processes }, (_, index) => join(folder, `${index}.ndjson`))
  const children = ledgers.map((ledger, index) => start({ plan, index, module, ledger }))
  const failure = new AbortController()
  const ends = children.map(async (child) => {
    const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
    if (code !== 0) failure.abort()
    return signal ?? code
  })
  const produced = Promise.all(children.map((child) => said(child, 'produced', failure.signal)))
  await Promise.all(children.map((child) => said(child, 'ready', failure.signal)))
  return {
    failed: failure.signal,
    produced,
    start: () => send(children, 'start'),
    finish: async () => {
      send(children, 'finish')
      const hanging = setTimeout(() => children.forEach((child) => child.kill('SIGKILL')), endMs)
      const codes = await Promise.all(ends)
      clearTimeout(hanging)
      const entries = [...codes.flatMap(ending), ...ledgers.flatMap(read)]
      rmSync(folder, { recursive: true })
      return entries
    },
  }
}

function start(orders: WorkerOrders): ChildProcess {
  return fork(new URL('./worker-process.js', import.meta.url), [JSON.stringify(orders)], { execArgv: [] })
}

/** Resolves at that message, or when one of them failed. */
function said(child: ChildProcess, message: string, failed: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', (said) => {
      if (said === message) resolve()
    })
    failed.addEventListener('abort', () => resolve(), { once: true })
  })
}

function send(children: ChildProcess[], message: string): void {
  for (const child of children) if (child.connected) child.send(message)
}

function ending(code: number | string | null, index: number): Entry[] {
  if (code === 0) return []
  const why = code === 'SIGKILL' ? 'did not end by itself: a connection, timer or listener is left open' : `ended with ${String(code)}`
  return [{ kind: 'error', message: `process ${index} ${why}` }]
}

function read(ledger: string): Entry[] {
  if (!existsSync(ledger)) return []
  return readFileSync(ledger, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry)
}
