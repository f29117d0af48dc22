// What the jobs are. How they are done is in check-file.ts, check-link.ts and report.ts.
import { defineJob, typed } from '@dbjobq/core'
import { z } from 'zod'

/** Results are read when the run ends, which may be days after it was interrupted. */
const retention = { completed: '7d', failed: '7d' } as const

/** A link where it stands. */
export interface Link {
  line: number
  /** As it is written. */
  href: string
  /** What it leads to: an `http:`, `https:` or `file:` URL. Null: it is no URL at all. */
  url: string | null
}

/** Finds the links of one file, from the `skip`th on. */
export const checkFile = defineJob({
  type: 'check-file',
  data: z.object({ path: z.string(), skip: z.int().min(0).default(0) }),
  result: typed<{ links: Link[] }>(),
  maxRetries: 1,
  retention,
})

/** Looks whether a URL leads anywhere. That it does not is a result; the job fails only if there is no telling. */
export const checkLink = defineJob({
  type: 'check-link',
  data: z.object({ url: z.url() }),
  result: typed<{ problem: string | null }>(),
  maxRetries: 4,
  backoff: { type: 'exponential', delay: '200ms' },
  timeout: '30s',
  retention,
})

export interface Summary {
  files: number
  /** Different URLs. */
  urls: number
  broken: number
  /** Broken on purpose, and not counted in `broken`. */
  planted: number
  /** Why a check was repeated, and how often. */
  retries: Record<string, number>
}

/** Reads what the other jobs found and prints it. */
export const writeReport = defineJob({
  type: 'write-report',
  data: typed<{ directory: string }>(),
  result: typed<Summary>(),
  retention,
})
