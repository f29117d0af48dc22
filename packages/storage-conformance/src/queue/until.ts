import { setTimeout as pause } from 'node:timers/promises'

/** Resolves once `condition` holds; rejects after `patience` ms, saying what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, patience = 20_000): Promise<void> {
  const begun = performance.now()
  while (!(await condition())) {
    if (performance.now() > begun + patience) throw new Error(`waited ${patience} ms in vain for: ${what}`)
    // Ever more seldom, up to 50 ms: what takes long need not be asked for a hundred times a second.
    await pause(Math.min(50, 10 + (performance.now() - begun) / 20))
  }
}
