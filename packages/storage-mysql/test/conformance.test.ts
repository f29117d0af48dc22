import { contentionCases, contractCases, modelCases, testStorage } from '@dbjobq/storage-conformance'
import { afterAll, describe, it } from 'vitest'
import { newSubject } from './subject.js'

const { subject, remove } = newSubject()
afterAll(remove)

await testStorage({ describe, it, ...subject, cases: [...contractCases, ...modelCases(), ...contentionCases] })
