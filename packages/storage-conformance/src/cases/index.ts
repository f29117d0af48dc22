import type { ConformanceCase } from '../case.js'

/** Every case, in the order of the contract's members. */
export const allCases: ConformanceCase[] = []
