/** The size of one contention run. */
export interface Plan {
  /** How many run side by side; for a store of one process, groups within it. */
  processes: number
  /** Opened storages of each process, each with a worker of its own. */
  connections: number
  /** Inserted before the start. */
  jobs: number
  /** How long the roles that produce go on. */
  seconds: number
  /** How long the workers may take to finish what is left then; what is not finished is told as lost. */
  drainSeconds: number
  seed: number
}

/** `DBJOBQ_CONTENTION_SECONDS` and `DBJOBQ_CONTENTION_JOBS` make it longer. */
export const defaultPlan: Omit<Plan, 'seed'> = {
  processes: 8,
  connections: 3,
  jobs: Number(process.env.DBJOBQ_CONTENTION_JOBS ?? 10_000),
  seconds: Number(process.env.DBJOBQ_CONTENTION_SECONDS ?? 20),
  drainSeconds: 240,
}
