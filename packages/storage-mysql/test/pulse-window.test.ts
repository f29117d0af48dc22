import { describe, expect, it } from 'vitest'
import { PulseWindow } from '../src/pulse-window.js'

const windowAt = (ids: number[], now = 0): PulseWindow => {
  const window = new PulseWindow()
  window.begin(ids, now)
  return window
}

describe('the window of pulses', () => {
  it('hears what is beyond the newest of the beginning, each once', () => {
    const window = windowAt([7, 8, 9])
    expect(window.position).toBe(9)
    expect([9, 10, 10, 11].map((id) => window.hear(id, 1))).toEqual([false, true, false, true])
    window.advance(1)
    expect(window.position).toBe(11)
  })

  it('stays before a missing id for three seconds, then goes on', () => {
    const window = windowAt([1])
    window.hear(3, 100)
    window.hear(4, 200)
    window.advance(3_000)
    expect(window.position).toBe(1)
    expect(window.hear(2, 3_000)).toBe(true)
    window.advance(3_000)
    expect(window.position).toBe(4)
    window.hear(6, 4_000)
    window.advance(7_000)
    expect(window.position).toBe(6)
    expect(window.hear(5, 7_000)).toBe(false)
  })

  it('waits for what is missing among the newest of the beginning too, but not before the oldest of them', () => {
    const window = windowAt([10, 12])
    expect(window.position).toBe(10)
    expect([9, 11, 12].map((id) => window.hear(id, 1))).toEqual([false, true, false])
  })

  it('begins anew', () => {
    const window = windowAt([10, 12])
    window.begin([], 1)
    expect(window.position).toBe(0)
    expect(window.hear(12, 1)).toBe(true)
  })
})
