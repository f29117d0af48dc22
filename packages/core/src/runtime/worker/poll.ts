const alone = { min: 500, max: 2_000 }
const listening = { min: 1_000, max: 10_000 }

/** What was given, ms, and for the rest the defaults: longer while this process hears of what happens in others. */
export function pollOf(given: { min?: number; max?: number }, isListening: () => boolean): { min: number; max: number } {
  const defaults = () => (isListening() ? listening : alone)
  return {
    get min() {
      return given.min ?? Math.min(defaults().min, given.max ?? Number.POSITIVE_INFINITY)
    },
    get max() {
      return given.max ?? Math.max(defaults().max, given.min ?? 0)
    },
  }
}
