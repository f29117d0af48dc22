import { defineJob, typed } from '@dbjobq/core'
import { z } from 'zod'

/** Producers import only this: what the job is, not how it is done. */
export const confirmOrder = defineJob({
  type: 'confirm-order',
  data: z.object({ orderId: z.uuid(), email: z.email() }),
  result: typed<{ messageId: string }>(),
  maxRetries: 5,
  backoff: { delay: '1s' },
  timeout: '10s',
})
