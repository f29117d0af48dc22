import { anInteger } from './check.js'

/** Higher runs first. Any whole number from -32768 to 32767; these are the usual ones. */
export const Priority = { CRITICAL: 10, HIGH: 8, NORMAL: 5, LOW: 3, BULK: 1 } as const

export const aPriority = anInteger(-32_768, 32_767)
