import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonical } from '../src/model/canonical.js'
import { storedKey, uniquenessOf } from '../src/model/unique.js'

const keyOf = (data: unknown, by: (string & keyof never)[] | ((data: never) => unknown) = (all) => all, type = 'sync') =>
  uniquenessOf('enqueue', type, { by }, data).key

describe('canonical texts', { timeout: 30_000 }, () => {
  it('decode to the same value, so they are unambiguous', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(JSON.parse(canonical(value, 'x'))).toEqual(JSON.parse(JSON.stringify(value)))
      }),
    )
  })

  it('do not depend on the order of properties, at any depth', () => {
    const reversed = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(reversed)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .reverse()
                .map(([name, inner]) => [name, reversed(inner)]),
            )
          : value
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        expect(canonical(reversed(value), 'x')).toBe(canonical(value, 'x'))
      }),
    )
  })
})

describe('keys made from data', () => {
  it('differ where the data does', () => {
    const values = [
      ['a b'],
      ['a', 'b'],
      ['a,b'],
      'a',
      ['a'],
      { a: 'b' },
      { a: null },
      {},
      null,
      0,
      '0',
      [0],
      '',
      'é'.normalize('NFC'),
      'é'.normalize('NFD'),
    ]
    expect(new Set(values.map((value) => keyOf(value))).size).toBe(values.length)
  })

  it('depend on the named properties only, in any order, and tell absent from null', () => {
    const by = (...names: string[]) => names as never[]
    expect(keyOf({ a: 1, b: 2, c: 3 }, by('a', 'b'))).toBe(keyOf({ b: 2, a: 1, c: 4 }, by('b', 'a', 'b')))
    expect(keyOf({ a: 1, b: undefined }, by('a', 'b'))).toBe(keyOf({ a: 1 }, by('a', 'b')))
    expect(keyOf({ a: 1, b: null }, by('a', 'b'))).not.toBe(keyOf({ a: 1 }, by('a', 'b')))
    expect(keyOf({ a: 1 }, by('a', 'toString'))).toBe(keyOf({ a: 1 }, by('a')))
    expect(keyOf(JSON.parse('{"__proto__":1}'), by('__proto__'))).not.toBe(keyOf({}, by('__proto__')))
  })

  it('fit every store, and are shared neither by types nor with keys given as texts', () => {
    const key = keyOf({ a: 'x'.repeat(10_000) })
    expect(key).toMatch(/^~by [0-9a-f]{64}$/)
    expect(keyOf(1, undefined, 'a')).not.toBe(keyOf(1, undefined, 'b'))
    expect(storedKey('by', key)).not.toBe(key)
  })

  it('are refused for data without properties', () => {
    for (const data of [1, 'a', null, ['a']]) expect(() => keyOf(data, ['a'] as never[])).toThrow(/unique.by names properties/)
  })
})
