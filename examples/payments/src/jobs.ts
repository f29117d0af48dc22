import { defineJob, typed } from '@dbjobq/core'

/** `entry`: the row of the ledger that this payment is, written by the run that completed. */
export const charge = defineJob({
  type: 'charge',
  data: typed<{ payment: string; account: string; cents: number }>(),
  result: typed<{ entry: string }>(),
  maxRetries: 20,
  backoff: { delay: '100ms' },
})
