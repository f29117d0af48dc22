/** The main module of a child process: opens the storage of the module named on the command line and does the one thing it is told. */
import type { JobStorage, NewJob, NewState, Settlement } from '@dbjobq/core/storage'

export type ChildWork =
  | { do: 'migrate' }
  | { do: 'insert'; calls: NewJob[][] }
  | { do: 'settle'; calls: Settlement[][] }
  | { do: 'putStates'; calls: { state: NewState; jobs: NewJob[] }[] }

async function work(storage: JobStorage, order: ChildWork): Promise<void> {
  if (order.do === 'migrate') await storage.migrate()
  else if (order.do === 'insert') for (const jobs of order.calls) await storage.insertJobs(jobs)
  else if (order.do === 'settle') for (const settlements of order.calls) await storage.settleJobs(settlements)
  else for (const { state, jobs } of order.calls) await storage.putState(state, null, jobs)
}

async function main(): Promise<void> {
  const { open } = (await import(process.argv[2] ?? '')) as { open: () => Promise<JobStorage> }
  const storage = await open()
  process.once('message', (order: ChildWork) => {
    work(storage, order).catch((error: unknown) => process.send?.(String(error)))
  })
  process.once('disconnect', () => process.exit())
  process.send?.('ready')
}

main().catch((error: unknown) => {
  process.send?.(String(error))
  process.exitCode = 1
})
