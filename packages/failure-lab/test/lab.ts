import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JobQueue, type JobStatus, type JobStorage } from '@dbjobq/core'
import { runPlan, type Line, type Plan, type RunReport } from '@dbjobq/failure-lab'
import { afterAll } from 'vitest'

const module = fileURLToPath(new URL('open-storage.mjs', import.meta.url))
const { open } = (await import(module)) as { open: (env: NodeJS.ProcessEnv) => Promise<JobStorage> }

const folder = mkdtempSync(join(tmpdir(), 'dbjobq-lab-test-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A run that has ended, with its whole ledger. */
export interface Run {
  report: RunReport
  lines: Line[]
  /** What the store says of each job in the end, by id. */
  statuses: ReadonlyMap<string, JobStatus>
}

/** Runs the plan on the database of `DBJOBQ_DATABASE_URL`, else on an SQLite file, in tables of its own which it removes again. */
export async function run(name: string, plan: Plan): Promise<Run> {
  const seed = Number(process.env.DBJOBQ_LAB_SEED ?? randomInt(2 ** 31))
  console.log(`failure lab: the run ${name} has the seed ${seed}; DBJOBQ_LAB_SEED repeats it`)
  const DBJOBQ_DATABASE_URL = process.env.DBJOBQ_DATABASE_URL ?? join(folder, `${name}.sqlite`)
  const env = { DBJOBQ_DATABASE_URL, DBJOBQ_LAB_PREFIX: `lab_${randomInt(2 ** 31)}_` }
  try {
    const report = await runPlan({ open: () => open(env), module, env, plan, seed })
    const lines: Line[] = []
    for await (const line of report.ledger()) lines.push(line)
    report.remove()
    console.log(`failure lab: ${name}: ${JSON.stringify({ ...report, problems: report.problems.length })}`)
    return { report, lines, statuses: await statusesIn(await open(env)) }
  } finally {
    const storage = await open(env)
    await storage.migrate({ to: 0 })
    await storage.close()
  }
}

async function statusesIn(storage: JobStorage): Promise<Map<string, JobStatus>> {
  await using queue = new JobQueue(storage)
  const statuses = new Map<string, JobStatus>()
  for (let after: string | null | undefined; after !== null;) {
    const { jobs, next } = await queue.listJobs({ limit: 1_000, ...(after && { after }) })
    for (const { id, status } of jobs) statuses.set(id, status)
    after = next
  }
  return statuses
}
