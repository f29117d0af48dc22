import { defineJob, typed } from '@dbjobq/core'

export interface Order {
  id: string
  email: string
  total: number
}

/** One of a customer at a time: their email is its unique key. */
export const sendWelcome = defineJob({ type: 'send-welcome', data: typed<{ email: string }>() })

/** The last step of each transaction here, to show the rollback: the job is gone with the row. */
export function refuseEmpty(order: Order): void {
  if (order.total <= 0) throw new Error('An order needs a total above 0.')
}
