const ms = (value) => `${value.toFixed(2)} ms`

export function describeSamples(samples) {
  const sorted = samples.toSorted((a, b) => a - b)
  const at = (share) => ms(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))])
  return `p50 ${at(0.5)}, p99 ${at(0.99)}, most ${at(1)} of ${samples.length}`
}
