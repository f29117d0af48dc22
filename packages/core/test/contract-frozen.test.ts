import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { contractSurface, mustIds } from './contract-surface.js'

const frozen = fileURLToPath(new URL('contract-1.txt', import.meta.url))

const whatToDo = `The storage contract is frozen as version 1, and this changes it. docs/contract.md says what may change and how:
an optional member or field, or a sharper word for what all storages do already, stays version 1; any other change of meaning is version 2.
If the change is one of the first: adapt every storage, the cases and their teeth, docs/contract.md and docs/write-an-adapter.md, add a
changeset, and then accept it with DBJOBQ_ACCEPT_CONTRACT=1, in the same commit.`

it('keeps the contract as it was frozen', () => {
  if (process.env.DBJOBQ_ACCEPT_CONTRACT === '1') writeFileSync(frozen, contractSurface())
  expect(contractSurface(), whatToDo).toBe(readFileSync(frozen, 'utf8'))
})

it('has a page that names every MUST, and no other', () => {
  const page = readFileSync(new URL('../../../docs/contract.md', import.meta.url), 'utf8')
  const [, table = ''] = /<!-- musts -->(.*?)<!-- \/musts -->/s.exec(page) ?? []
  const named = [...table.matchAll(/`([a-z-]+\.[a-z0-9.-]+)`/g)].map(([, id = '']) => id)
  expect(named.toSorted()).toEqual(mustIds().toSorted())
})
