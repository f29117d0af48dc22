/** Runs `work` in the next turn of the event loop. Of the platform as it was at the start, so that the fake timers of a test do not hold the queue up. */
export const nextTurn: (work: () => void) => unknown = globalThis.setImmediate
