import { describe, expect, it } from 'vitest'
import { simulate } from './simulate.js'

// Each failure names its seed and step; `npm run simulate -- --from <seed> --to <seed> --trace` follows it there.

describe('simulation', () => {
  it.each([1, 2, 3, 4])(
    'seeds: nothing is lost and nothing run by two live claims in 25 worlds (%i of 4)',
    { timeout: 240_000 },
    async (part) => {
      const worlds = await simulate({ from: part, to: 100, step: 4 })
      expect(worlds.flatMap(({ error }) => error ?? [])).toEqual([])
      expect(worlds).toHaveLength(25)
      expect(worlds.reduce((sum, { runs = 0 }) => sum + runs, 0)).toBeGreaterThan(2_500)
    },
  )

  it.each([
    { blow: 'kill', moments: 120 },
    { blow: 'freeze', moments: 120 },
    // So many calls it makes.
    { blow: 'answerLost', moments: 60 },
    { blow: 'refused', moments: 60 },
  ] as const)('$blow: at every moment of a worker, one after another', { timeout: 240_000 }, async ({ blow, moments }) => {
    const worlds = await simulate({ blow, from: 1, to: moments })
    expect(worlds.flatMap(({ error }) => error ?? [])).toEqual([])
    expect(worlds).toHaveLength(moments)
    // Each blow makes another world of it.
    expect(new Set(worlds.map(({ digest }) => digest)).size).toBeGreaterThan(moments * 0.8)
  })

  it('replays a seed step by step', { timeout: 120_000 }, async () => {
    const once = await simulate({ from: 3, to: 4 })
    const [again] = await simulate({ from: 4, to: 4 })
    expect(once[1]).toEqual(again)
    expect(once[0]?.digest).not.toBe(once[1]?.digest)
  })
})
