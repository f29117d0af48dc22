import { describe, expect, it } from 'vitest'
import { defectNames } from '../src/defects.js'
import { simulate } from './simulate.js'

describe('the teeth of the simulation', () => {
  it.each(defectNames)('a world notices a store that %s', { timeout: 120_000 }, async (defect) => {
    const worlds = await simulate({ from: 1, to: 20, defect, untilFailed: true })
    expect(worlds.filter(({ error }) => error !== undefined)).toHaveLength(1)
  })
})
