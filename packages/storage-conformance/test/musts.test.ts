import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { allCases } from '../src/index.js'

const contract = readFileSync(new URL('../../core/src/model/storage.ts', import.meta.url), 'utf8')
const musts = [...contract.matchAll(/MUST\(([a-z0-9.-]+)\)/g)].map((match) => match[1] ?? '').filter((must) => must !== 'id')

describe('the cases and the contract', () => {
  it('name every MUST of the contract once', () => {
    expect(musts.length).toBeGreaterThan(50)
    expect(musts.filter((must, index) => musts.indexOf(must) !== index)).toEqual([])
  })

  it('prove every MUST with at least one case', () => {
    const proved = new Set(allCases.flatMap((item) => item.proves))
    expect(musts.filter((must) => !proved.has(must))).toEqual([])
  })

  it('name no MUST that the contract does not know', () => {
    expect(allCases.flatMap((item) => item.proves.filter((must) => !musts.includes(must)).map((must) => `${item.id}: ${must}`))).toEqual([])
  })

  it('have ids that are unique and stable in form, and titles that finish "a storage"', () => {
    const ids = allCases.map((item) => item.id)
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
    expect(ids.filter((id) => !/^[a-z-]+\/[a-z0-9-]+$/.test(id))).toEqual([])
    expect(allCases.map((item) => item.title).filter((title) => !/^[a-z].*[^.\s]$/.test(title))).toEqual([])
  })
})
