import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { contentionOf } from '../src/contention/index.js'
import { allCases, runCase, type ConformanceCase } from '../src/index.js'
import { modelCases } from '../src/model/index.js'
import { memorySubject, teeth, toothless } from '../src/teeth/index.js'

// The defects show in a fraction of the size that real stores are put through.
const contention = contentionOf({ processes: 3, connections: 2, jobs: 300, seconds: 1, drainSeconds: 2 })
const model = modelCases({ runs: 60, steps: 80, shrinks: false })
const cases = new Map([...allCases, ...contention, ...model].map((item) => [item.id, item]))
const seed = 20_260_101

function caseOf(id: string): ConformanceCase {
  return cases.get(id) ?? expect.fail(`there is no case ${id}`)
}

// What is never heard is waited for.
describe('a storage that …', { timeout: 30_000 }, () => {
  for (const { name, caughtBy, defect } of teeth) {
    it.for(caughtBy)(`${name} is caught by %s`, async (id) => {
      await expect(runCase(memorySubject(defect), caseOf(id), seed)).rejects.toThrow(`${id} (seed ${seed})`)
    })
  }
})

describe('an intact storage', () => {
  it.for([...new Set(teeth.flatMap(({ caughtBy }) => caughtBy))])('passes %s', async (id) => {
    await runCase(memorySubject(), caseOf(id), seed)
  })
})

describe('the teeth and the contract', () => {
  const contract = readFileSync(new URL('../../core/src/model/storage.ts', import.meta.url), 'utf8')
  const musts = [...contract.matchAll(/MUST\(([a-z0-9.-]+)\)/g)].map((match) => match[1] ?? '').filter((must) => must !== 'id')
  const bitten = new Set(teeth.map(({ breaks }) => breaks))

  it('bite on every MUST, but for those that say why not', () => {
    expect(musts.filter((must) => !bitten.has(must) && !(must in toothless))).toEqual([])
  })

  it('name no MUST that the contract does not know, and no reason for one that is bitten', () => {
    expect([...bitten, ...Object.keys(toothless)].filter((must) => !musts.includes(must))).toEqual([])
    expect(Object.keys(toothless).filter((must) => bitten.has(must))).toEqual([])
  })

  it('are caught first by a case that proves what they break', () => {
    expect(teeth.filter(({ breaks, caughtBy: [first = ''] }) => !caseOf(first).proves.includes(breaks)).map(({ name }) => name)).toEqual([])
  })

  it('have names that are unique', () => {
    const names = teeth.map(({ name }) => name)
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
  })
})
