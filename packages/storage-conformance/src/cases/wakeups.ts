import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { anythingChanged } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'

const wakeupsOf = (storage: AnyStorage) => storage.wakeups ?? assert.fail()

/** Writes and tells until it is heard: a hint may be lost, and some stores hear the write alone. */
async function sendUntil(storage: AnyStorage, hints: string[], heard: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !heard(); attempt++) {
    await storage.putQueue({ name: 'default', pausedAt: null, settings: `${attempt}` })
    await wakeupsOf(storage).send(hints)
    for (let waited = 0; waited < 100 && !heard(); waited += 5) await sleep(5)
  }
  assert.ok(heard(), `${hints.join()} was not heard within 10 s`)
}

const hears = (heard: Set<string>, hints: string[]) => heard.has(anythingChanged) || hints.every((hint) => heard.has(hint))

export const wakeupsCases: ConformanceCase[] = [
  {
    id: 'wakeups/heard',
    title: 'brings hints to those who listen on another storage: unchanged, or as the hint that anything may have changed',
    proves: ['wakeups.heard'],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const hints = ['default', 'Emails', 'emails', 'x'.repeat(128), 'a.b:c/d@e-f_g', `q${'q'.repeat(128)} 1767225600000 "a~b"`]
      const listeners = await Promise.all(
        [await open(), await open()].map(async (other) => {
          const heard = new Set<string>()
          return { heard, end: await wakeupsOf(other).listen((hint) => heard.add(hint)) }
        }),
      )
      await wakeupsOf(storage).send([])
      await sendUntil(storage, hints, () => listeners.every(({ heard }) => hears(heard, hints)))
      for (const { heard } of listeners) for (const hint of heard) assert.ok([...hints, anythingChanged].includes(hint), hint)
      await Promise.all(listeners.map(({ end }) => end()))
    },
  },
  {
    id: 'wakeups/ended',
    title: 'brings no more hints to a listener that ended, and goes on with the others',
    proves: ['wakeups.end'],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const other = await open()
      const [first, second] = [new Set<string>(), new Set<string>()]
      const endFirst = await wakeupsOf(other).listen((hint) => first.add(hint))
      const endSecond = await wakeupsOf(other).listen((hint) => second.add(hint))
      await sendUntil(storage, ['before'], () => hears(first, ['before']) && hears(second, ['before']))
      await endFirst()
      await endFirst()
      for (const heard of [first, second]) heard.clear()
      await sendUntil(storage, ['after'], () => hears(second, ['after']))
      assert.equal(first.size, 0)
      await endSecond()
    },
  },
  {
    id: 'wakeups/throwing-listener',
    title: 'goes on telling all hints when a listener throws',
    proves: ['wakeups.listener'],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const other = await open()
      let thrown = 0
      const heard = new Set<string>()
      const endFirst = await wakeupsOf(other).listen(() => {
        thrown++
        throw new Error('on purpose')
      })
      const endSecond = await wakeupsOf(other).listen((hint) => heard.add(hint))
      for (const hint of ['one', 'two']) {
        heard.clear()
        const before = thrown
        await sendUntil(storage, [hint], () => hears(heard, [hint]) && thrown > before)
      }
      await Promise.all([endFirst(), endSecond()])
    },
  },
  {
    id: 'wakeups/closed',
    title: 'tells nothing after it was closed, and the end of a listener is still no error',
    proves: ['wakeups.end'],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const [closing, living] = [await open(), await open()]
      const [first, second] = [new Set<string>(), new Set<string>()]
      const endFirst = await wakeupsOf(closing).listen((hint) => first.add(hint))
      const endSecond = await wakeupsOf(living).listen((hint) => second.add(hint))
      await sendUntil(storage, ['before'], () => hears(first, ['before']) && hears(second, ['before']))
      await closing.close()
      for (const heard of [first, second]) heard.clear()
      await sendUntil(storage, ['after'], () => hears(second, ['after']))
      assert.equal(first.size, 0)
      await endFirst()
      await endSecond()
    },
  },
]
