import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { StorageError } from '../src/model/errors.js'
import { Echo } from '../src/runtime/echo.js'
import { decodeHint, encodeHint } from '../src/runtime/hint-codec.js'
import { Hints, hintsOf, type Hint, type RunnableHint } from '../src/runtime/hints.js'
import { OutgoingHints } from '../src/runtime/outgoing-hints.js'
import { WakeupBridge } from '../src/runtime/wakeups.js'
import { pollOf } from '../src/runtime/worker/poll.js'

const now = () => 1_000
const runnable = (queue: string, runAt = 0): RunnableHint => ({ kind: 'runnable', queue, runAt })

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

describe('the texts of hints', () => {
  const hints: Hint[] = [
    runnable('a.b:c/d@e-f_g'),
    runnable('later', 1_767_225_600_000),
    { kind: 'cancel', id: 'some-id' },
    { kind: 'paused', queue: 'a.b' },
    { kind: 'schedule' },
    { kind: 'look' },
  ]

  it.each(hints)('bring %j to others unchanged', (hint) => {
    expect(decodeHint(encodeHint(hint, 'one'), 'other')).toEqual(hint)
  })

  it('are dropped by who sent them, and where they mean nothing', () => {
    expect(decodeHint(encodeHint(runnable('a'), 'one'), 'one')).toBeUndefined()
    for (const text of ['', 'q', 'qa', 'qa x one', 'z1 2 3', 'c', ' ']) expect(decodeHint(text, 'other')).toBeUndefined()
  })
})

describe('the hints for jobs', () => {
  it('tell of each queue that some wait, and when the first of the others is due', () => {
    const jobs = [
      { queue: 'a', status: 'pending', runAt: 5 },
      { queue: 'a', status: 'scheduled', runAt: 20 },
      { queue: 'a', status: 'scheduled', runAt: 10 },
      { queue: 'b', status: 'scheduled', runAt: 7 },
      { queue: 'a', status: 'pending', runAt: 3 },
    ] as const
    expect(hintsOf(jobs)).toEqual([runnable('a'), runnable('a', 10), runnable('b', 7)])
    expect(hintsOf([])).toEqual([])
  })
})

describe('outgoing hints', () => {
  function collect(send: (hints: Hint[]) => Promise<void> = () => Promise.resolve()) {
    const batches: Hint[][] = []
    const outgoing = new OutgoingHints({ send: (hints) => (batches.push(hints), send(hints)), now })
    return { batches, outgoing }
  }

  it('go at once, each once, what comes meanwhile together after it', async () => {
    let answer: (() => void) | undefined
    const { batches, outgoing } = collect(() => new Promise((resolve) => (answer = resolve)))
    outgoing.add(runnable('a'))
    outgoing.add(runnable('a'))
    await Promise.resolve()
    expect(batches).toEqual([[runnable('a')]])
    for (const queue of ['a', 'b', 'b', 'a']) outgoing.add(runnable(queue))
    outgoing.add({ kind: 'cancel', id: '1' })
    await pause(20)
    expect(batches).toHaveLength(1)
    answer?.()
    await vi.waitFor(() => expect(batches).toHaveLength(2))
    expect(batches[1]).toEqual([runnable('a'), runnable('b'), { kind: 'cancel', id: '1' }])
    answer?.()
  })

  it('are lost when they cannot be sent, and later ones go', async () => {
    const { batches, outgoing } = collect(() => Promise.reject(new Error('down')))
    for (const count of [1, 2, 3]) {
      outgoing.add(runnable('a'))
      await vi.waitFor(() => expect(batches).toHaveLength(count))
    }
    await outgoing.flush()
  })

  it('tell a time to come only if none before it was told', async () => {
    const { batches, outgoing } = collect()
    for (const runAt of [5_000, 6_000, 4_000, 4_000, 4_500]) {
      outgoing.add(runnable('a', runAt))
      await outgoing.flush()
    }
    outgoing.add(runnable('b', 6_000))
    await outgoing.flush()
    expect(batches.flat()).toEqual([5_000, 4_000, 4_000].map((runAt) => runnable('a', runAt)).concat(runnable('b', 6_000)))
  })

  it('tell a time that is over as what it is, since jobs have to be promoted', async () => {
    const { batches, outgoing } = collect()
    for (const runAt of [950, 900, 5_000, 0]) outgoing.add(runnable('a', runAt))
    await outgoing.flush()
    expect(batches.flat()).toEqual([runnable('a', 900), runnable('a')])
  })

  it('say that anything may have changed when there are too many', async () => {
    const { batches, outgoing } = collect()
    for (let id = 0; id < 5_000; id++) outgoing.add({ kind: 'cancel', id: `${id}` })
    await outgoing.flush()
    expect(batches.flat().length).toBeLessThan(1_001)
    expect(batches.flat()).toContainEqual({ kind: 'look' })
  })
})

describe('the echo', () => {
  it('repeats a hint 20, 100, 500 and 2,000 ms after the call, and never again', () => {
    vi.useFakeTimers()
    const sent: number[] = []
    const start = performance.now()
    const echo = new Echo(() => sent.push(performance.now() - start))
    echo.add(runnable('a'))
    vi.advanceTimersByTime(60_000)
    expect(sent).toEqual([20, 100, 500, 2_000])
  })

  it('answers many calls together, each at its time or one step later', () => {
    vi.useFakeTimers()
    const sent: number[] = []
    const start = performance.now()
    const echo = new Echo(() => sent.push(performance.now() - start))
    for (let call = 0; call < 100; call++) {
      echo.add(runnable('a'))
      vi.advanceTimersByTime(1)
    }
    vi.advanceTimersByTime(60_000)
    expect(sent.length).toBeLessThan(15)
    expect(sent.at(-1)).toBeGreaterThanOrEqual(2_099)
    for (let call = 0; call < 100; call++) expect(sent.some((time) => time >= call + 20 && time <= call + 40)).toBe(true)
  })

  it('tells what waits when it is closed, and is quiet then', () => {
    vi.useFakeTimers()
    const sent: Hint[] = []
    const echo = new Echo((hint) => sent.push(hint))
    echo.add(runnable('a'))
    echo.add(runnable('a', 9_000))
    echo.close()
    expect(new Set(sent)).toEqual(new Set([runnable('a'), runnable('a', 9_000)]))
    const count = sent.length
    vi.advanceTimersByTime(60_000)
    expect(sent).toHaveLength(count)
  })
})

describe('the bridge', () => {
  it('listens while someone does, looks when it begins, and passes on what others tell', async () => {
    const hints = new Hints()
    const end = vi.fn(() => Promise.resolve())
    let hear: ((hint: string) => void) | undefined
    const sent: string[] = []
    const wakeups = {
      send: (texts: string[]) => Promise.resolve(void sent.push(...texts)),
      listen: vi.fn((onHint: (hint: string) => void) => ((hear = onHint), Promise.resolve(end))),
    }
    const bridge = new WakeupBridge({ wakeups, hints, now })
    hints.send(runnable('a'))
    await vi.waitFor(() => expect(sent).toHaveLength(1))
    expect(wakeups.listen).not.toHaveBeenCalled()
    const heard: Hint[] = []
    const release = [hints.listen((hint) => heard.push(hint)), hints.listen(() => undefined)]
    await vi.waitFor(() => expect(bridge.isListening).toBe(true))
    for (const text of ['qb 0 other', 'z new', ...sent]) hear?.(text)
    expect(heard).toEqual([{ kind: 'look' }, runnable('b')])
    expect(sent).toHaveLength(1)
    release[0]?.()
    expect(end).not.toHaveBeenCalled()
    release[1]?.()
    expect([end.mock.calls.length, wakeups.listen.mock.calls.length, bridge.isListening]).toEqual([1, 1, false])
  })

  it('tries again until it hears, and warns once where that is hopeless', async () => {
    const warn = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const hints = new Hints()
    const listen = vi
      .fn<() => Promise<() => Promise<void>>>()
      .mockRejectedValueOnce(new Error('down'))
      .mockResolvedValue(() => Promise.resolve())
    const bridge = new WakeupBridge({ wakeups: { send: () => Promise.resolve(), listen }, hints, now })
    hints.listen(() => undefined)
    await vi.waitFor(() => expect(bridge.isListening).toBe(true))
    expect([listen.mock.calls.length, warn.mock.calls.length]).toEqual([2, 0])
    const deaf = new Hints()
    const refuse = () => Promise.reject(new StorageError('UNSUPPORTED', 'a pooler', { retryable: false, applied: 'no' }))
    const hopeless = new WakeupBridge({ wakeups: { send: () => Promise.resolve(), listen: refuse }, hints: deaf, now })
    deaf.listen(() => undefined)
    await vi.waitFor(() => expect(warn).toHaveBeenCalledOnce())
    await Promise.all([bridge.close(), hopeless.close()])
  })
})

describe('the poll', () => {
  it('is longer while others are heard, and fits what was given', () => {
    const rests = (given: { min?: number; max?: number }, isListening: boolean) => {
      const { min, max } = pollOf(given, () => isListening)
      return [min, max]
    }
    expect([rests({}, true), rests({}, false)]).toEqual([
      [1_000, 10_000],
      [500, 2_000],
    ])
    expect([rests({ max: 100 }, true), rests({ min: 60_000 }, true), rests({ min: 20, max: 30 }, true)]).toEqual([
      [100, 100],
      [60_000, 60_000],
      [20, 30],
    ])
  })
})
