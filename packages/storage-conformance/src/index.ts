export type { AnyStorage, CaseContext, ConformanceCase, Need, RawQuery, RunInTransaction, Subject } from './case.js'
export { allCases } from './cases/index.js'
export { runCase } from './run-case.js'
export { testStorage, type TestRunner } from './test-storage.js'
