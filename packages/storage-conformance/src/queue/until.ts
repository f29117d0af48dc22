import { setTimeout as pause } from 'node:timers/promises'

/** Resolves once `condition` holds; rejects after `patience` ms, saying what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, patience = 20_000): Promise<void> {
  const end = performance.now() + patience
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${patience} ms in vain for: ${what}`)
    await pause(10)
  }
}
