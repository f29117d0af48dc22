import { allCases, contentionCases, modelCases, testStorage } from '@dbjobq/storage-conformance'
import { afterAll, describe, it } from 'vitest'
import { place, subject } from './subject.js'

afterAll(async () => {
  await place[Symbol.asyncDispose]()
})

await testStorage({ describe, it, ...subject, cases: [...allCases, ...modelCases(), ...contentionCases] })
