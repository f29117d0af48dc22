// @ts-check

/**
 * Does all work in order, so many at a time.
 * @param {number} lanes
 * @param {(() => Promise<void>)[]} work
 */
export async function inLanes(lanes, work) {
  const waiting = work.values()
  const lane = async () => {
    for (const next of waiting) await next()
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}
