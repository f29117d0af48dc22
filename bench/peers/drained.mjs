import { setTimeout as pause } from 'node:timers/promises'

export const dataOf = (i) => ({ i, to: 'user@example.com' })

/**
 * The ms from the first handler to the store saying that no job is left. `start` gets what each handler calls;
 * `remaining` asks the store, once all handlers ran.
 */
export async function drained(count, start, remaining) {
  let begin
  let runs = 0
  const allRan = Promise.withResolvers()
  await start(() => {
    begin ??= performance.now()
    if (++runs === count) allRan.resolve()
  })
  await allRan.promise
  while ((await remaining()) > 0) await pause(5)
  return performance.now() - begin
}
