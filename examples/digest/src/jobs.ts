import { defineJob, typed } from '@dbjobq/core'
import { z } from 'zod'

/** Somebody signed up; comes at any hour. */
export const signUp = defineJob({
  type: 'sign-up',
  data: z.object({ name: z.string().min(1) }),
  result: typed<{ welcomed: string }>(),
})

/** Tells the team who signed up since the last digest. */
export const digest = defineJob({
  type: 'digest',
  data: z.object({ title: z.string() }),
  /** `until`, epoch ms: where the next digest begins. */
  result: typed<{ until: number; names: string[] }>(),
  // The last one must be there still when the next one begins, a long holiday later.
  retention: { completed: '30d' },
})
