// @ts-check
// What is said of more than one case.

export const diesWithProcess = 'it lives in one process and ends with it'
export const noTransactions = 'it has no transactions, and refuses `tx`'
