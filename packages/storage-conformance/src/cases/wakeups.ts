import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AnyStorage, ConformanceCase } from '../case.js'

const wakeupsOf = (storage: AnyStorage) => storage.wakeups ?? assert.fail()

/** Sends until it is heard: a hint may be lost. */
async function sendUntil(storage: AnyStorage, hints: string[], heard: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 100 && !heard(); attempt++) {
    await wakeupsOf(storage).send(hints)
    for (let waited = 0; waited < 100 && !heard(); waited += 5) await sleep(5)
  }
  assert.ok(heard(), `${hints.join()} was not heard within 10 s`)
}

export const wakeupsCases: ConformanceCase[] = [
  {
    id: 'wakeups/heard',
    title: 'brings hints to those who listen on another storage, unchanged',
    proves: [],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const hints = ['default', 'Emails', 'emails', 'x'.repeat(128), 'a.b:c/d@e-f_g']
      const listeners = await Promise.all(
        [await open(), await open()].map(async (other) => {
          const heard = new Set<string>()
          return { heard, end: await wakeupsOf(other).listen((hint) => heard.add(hint)) }
        }),
      )
      await wakeupsOf(storage).send([])
      await sendUntil(storage, hints, () => listeners.every(({ heard }) => hints.every((hint) => heard.has(hint))))
      for (const { heard } of listeners) assert.deepEqual([...heard].toSorted(), hints.toSorted())
      await Promise.all(listeners.map(({ end }) => end()))
    },
  },
  {
    id: 'wakeups/ended',
    title: 'brings no more hints to a listener that ended, and goes on with the others',
    proves: [],
    needs: ['wakeups'],
    async run({ storage, open }) {
      const other = await open()
      const [first, second] = [new Set<string>(), new Set<string>()]
      const endFirst = await wakeupsOf(other).listen((hint) => first.add(hint))
      const endSecond = await wakeupsOf(other).listen((hint) => second.add(hint))
      await sendUntil(storage, ['before'], () => first.has('before') && second.has('before'))
      await endFirst()
      await sendUntil(storage, ['after'], () => second.has('after'))
      assert.ok(!first.has('after'))
      await endSecond()
    },
  },
]
