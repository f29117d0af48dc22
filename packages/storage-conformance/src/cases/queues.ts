import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { oddNames, oddTexts } from '../odd-texts.js'

export const queuesCases: ConformanceCase[] = [
  {
    id: 'queues/round-trip',
    title: 'creates a queue, overwrites it whole, and answers it the same',
    proves: ['queues.round-trip'],
    async run({ storage }) {
      assert.deepEqual(await storage.findQueues(), [])
      for (const [pausedAt, settings] of [
        [null, null],
        [1_700_000_000_001, '{"a":1}'],
        [0, ''],
        [null, 'null'],
        [4_000_000_000_000, null],
      ] as const) {
        await storage.putQueue({ name: 'emails', pausedAt, settings })
        assert.deepEqual(await storage.findQueues(), [{ name: 'emails', pausedAt, settings }])
      }
    },
  },
  {
    id: 'queues/by-name',
    title: 'answers queues by name, byte by byte, and keeps names apart that differ in case or at their end',
    proves: ['queues.round-trip'],
    async run({ storage }) {
      for (const [index, name] of oddNames.entries()) await storage.putQueue({ name, pausedAt: index, settings: name })
      const expected = oddNames.map((name, index) => ({ name, pausedAt: index, settings: name }))
      assert.deepEqual(
        await storage.findQueues(),
        expected.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      )
    },
  },
  {
    id: 'queues/odd-texts',
    title: 'brings every settings text back the same',
    proves: ['queues.round-trip'],
    async run({ storage }) {
      for (const [index, settings] of Object.values(oddTexts).entries()) {
        await storage.putQueue({ name: `q${index}`, pausedAt: null, settings: 'first' })
        await storage.putQueue({ name: `q${index}`, pausedAt: null, settings })
      }
      const rows = new Map((await storage.findQueues()).map((row) => [row.name, row.settings]))
      for (const [index, [what, text]] of Object.entries(oddTexts).entries()) assert.equal(rows.get(`q${index}`), text, what)
    },
  },
  {
    id: 'queues/mebibyte',
    title: 'brings settings of 1 MiB back the same',
    proves: ['queues.round-trip'],
    async run({ storage }) {
      const settings = 'é'.repeat(512 * 1024)
      for (const pausedAt of [null, 1]) await storage.putQueue({ name: 'q'.repeat(128), pausedAt, settings })
      const [row] = await storage.findQueues()
      assert.ok(row?.settings === settings && row.pausedAt === 1, 'the row came back changed')
    },
  },
  {
    id: 'queues/put-race',
    title: 'takes several puts of a new queue at once without an error',
    proves: ['queues.round-trip'],
    async run({ storage, open }) {
      const storages = await Promise.all([open(), open(), open(), open()])
      for (let round = 0; round < 5; round++) {
        await Promise.all(storages.map((one, index) => one.putQueue({ name: `q${round}`, pausedAt: index, settings: `${index}` })))
      }
      const rows = await storage.findQueues()
      assert.equal(rows.length, 5)
      assert.ok(
        rows.every((row) => `${row.pausedAt ?? ''}` === row.settings),
        'a row of two puts',
      )
    },
  },
]
