import assert from 'node:assert/strict'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { oddNames, oddTexts } from '../odd-texts.js'

async function put(storage: AnyStorage, kind: string, id: string, dueAt: number | null, text = id): Promise<void> {
  assert.equal(await storage.putState({ kind, id, dueAt, text }, null), true)
}

const ids = async (...args: Parameters<AnyStorage['findStates']> extends [infer F, infer P] ? [AnyStorage, F, P?] : never) => {
  const [storage, filter, page] = args
  return (await storage.findStates(filter, page ?? { limit: 100 })).map((state) => state.id)
}

export const findStatesCases: ConformanceCase[] = [
  {
    id: 'find-states/kind',
    title: 'answers states of one kind by id, byte by byte, and keeps kinds apart that differ in case or at their end',
    proves: ['states.find'],
    async run({ storage }) {
      for (const id of oddNames) await put(storage, 'schedule', id, null)
      for (const kind of ['Schedule', 'schedule.', 'rate']) await put(storage, kind, 'a', 5, kind)
      assert.deepEqual(await ids(storage, { kind: 'schedule' }), oddNames.toSorted())
      for (const kind of ['Schedule', 'schedule.', 'rate']) {
        assert.deepEqual(await storage.findStates({ kind }, { limit: 100 }), [{ kind, id: 'a', revision: 1, dueAt: 5, text: kind }])
      }
      assert.deepEqual(await ids(storage, { kind: 'absent' }), [])
    },
  },
  {
    id: 'find-states/odd-ids',
    title: 'takes every id of 1 to 512 printable characters, and keeps those apart that differ in case, in spaces or at their end',
    proves: ['states.find', 'states.compare-and-set'],
    async run({ storage }) {
      const long = 'x'.repeat(511)
      const odd = ['a', 'A', 'a b', 'a  b', 'a ', ' a', ' ', '!', '~', "'", '"', '\\', '%', '_', '$a', 'a.b', long, `${long}x`, `${long}y`]
      for (const id of odd) await put(storage, 'schedule', id, null)
      assert.deepEqual(await ids(storage, { kind: 'schedule' }), odd.toSorted())
      assert.deepEqual(await ids(storage, { kind: 'schedule', ids: odd }), odd.toSorted())
      for (const after of odd) {
        const later = odd.toSorted().slice(odd.toSorted().indexOf(after) + 1)
        assert.deepEqual(await ids(storage, { kind: 'schedule' }, { limit: 100, after }), later, `after ${after}`)
      }
      for (const id of odd) {
        assert.equal(await storage.putState({ kind: 'schedule', id, dueAt: 1, text: 'again' }, 1), true, id)
        assert.equal(await storage.putState({ kind: 'schedule', id, dueAt: null, text: null }, 2), true, id)
      }
      assert.deepEqual(await ids(storage, { kind: 'schedule' }), [])
    },
  },
  {
    id: 'find-states/long-kinds',
    title: 'keeps kinds of 128 characters apart that differ in the last one',
    proves: ['states.find'],
    async run({ storage }) {
      const long = 'k'.repeat(127)
      for (const last of ['a', 'b', 'B']) await put(storage, long + last, 'i', 1, last)
      for (const last of ['a', 'b', 'B']) {
        assert.deepEqual(
          (await storage.findStates({ kind: long + last }, { limit: 10 })).map(({ text }) => text),
          [last],
        )
      }
    },
  },
  {
    id: 'find-states/mebibyte',
    title: 'brings a text of 1 MiB back the same',
    proves: ['states.find'],
    async run({ storage }) {
      const text = 'é'.repeat(512 * 1024)
      await put(storage, 'k', 'i', null, text)
      assert.equal(await storage.putState({ kind: 'k', id: 'i', dueAt: null, text }, 1), true)
      const [state] = await storage.findStates({ kind: 'k' }, { limit: 1 })
      assert.ok(state?.text === text, 'the text came back changed')
    },
  },
  {
    id: 'find-states/ids',
    title: 'answers the states with the ids asked for, and nothing for an empty list',
    proves: ['states.find'],
    async run({ storage }) {
      for (const id of ['a', 'b', 'c', 'd']) await put(storage, 'schedule', id, null)
      await put(storage, 'rate', 'a', null)
      assert.deepEqual(await ids(storage, { kind: 'schedule', ids: ['d', 'absent', 'A', 'b'] }), ['b', 'd'])
      assert.deepEqual(await ids(storage, { kind: 'schedule', ids: [] }), [])
    },
  },
  {
    id: 'find-states/due',
    title: 'answers states that are due before a time, not at it, and none without a due time',
    proves: ['states.find'],
    async run({ storage }) {
      const due: Record<string, number | null> = { f: 0, a: 99, b: 100, c: 101, d: null, e: 4_000_000_000_000 }
      for (const [id, dueAt] of Object.entries(due)) await put(storage, 'schedule', id, dueAt)
      await put(storage, 'rate', 'z', 1)
      assert.deepEqual(await ids(storage, { kind: 'schedule', dueBefore: 100 }), ['a', 'f'])
      assert.deepEqual(await ids(storage, { kind: 'schedule', dueBefore: 101 }), ['a', 'b', 'f'])
      assert.deepEqual(await ids(storage, { kind: 'schedule', dueBefore: 0 }), [])
      assert.deepEqual(await ids(storage, { kind: 'schedule', ids: ['b', 'c'], dueBefore: 101 }), ['b'])
      assert.deepEqual(await ids(storage, { kind: 'schedule' }), ['a', 'b', 'c', 'd', 'e', 'f'])
    },
  },
  {
    id: 'find-states/paging',
    title: 'pages by id without a gap or a repeat, due or not',
    proves: ['states.find'],
    async run({ storage }) {
      const all = Array.from({ length: 12 }, (_, index) => String.fromCharCode(97 + index))
      for (const [index, id] of all.toReversed().entries()) await put(storage, 'schedule', id, index % 3 ? 10 : 20)
      for (const filter of [{ kind: 'schedule' }, { kind: 'schedule', dueBefore: 15 }]) {
        const expected = filter.dueBefore === undefined ? all : await ids(storage, filter)
        for (const limit of [1, 4, 12, 50]) {
          const found: string[] = []
          for (let full = true; full;) {
            const after = found.at(-1)
            const page = await ids(storage, filter, { limit, ...(after === undefined ? {} : { after }) })
            found.push(...page)
            full = page.length === limit
          }
          assert.deepEqual(found, expected, `${limit} a page`)
        }
      }
    },
  },
  {
    id: 'find-states/odd-texts',
    title: 'brings every state text back the same',
    proves: ['states.find', 'states.compare-and-set'],
    async run({ storage }) {
      const texts = Object.entries(oddTexts)
      for (const [index, [, text]] of texts.entries()) await put(storage, 'k', `${index}`, index, text)
      const found = new Map((await storage.findStates({ kind: 'k' }, { limit: 100 })).map((state) => [state.id, state.text]))
      for (const [index, [what, text]] of texts.entries()) assert.equal(found.get(`${index}`), text, what)
    },
  },
]
