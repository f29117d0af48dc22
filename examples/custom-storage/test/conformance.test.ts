import { contractCases, testStorage } from '@dbjobq/storage-conformance'
import { afterAll, describe, it } from 'vitest'
import { removeSubject, subject } from './subject.js'

afterAll(removeSubject)

await testStorage({ describe, it, ...subject, cases: contractCases })
