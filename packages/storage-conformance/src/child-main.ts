/** The main module of a child process: opens the storage of the module named on the command line and does the one thing it is told. */
import type { JobStorage, NewJob, NewState, Settlement } from '@dbjobq/core/storage'

export type ChildWork =
  | { do: 'migrate' }
  | { do: 'insert'; calls: NewJob[][] }
  | { do: 'settle'; calls: Settlement[][] }
  | { do: 'putStates'; calls: { state: NewState; jobs: NewJob[] }[] }

export type ChildMessage = 'ready' | { begins: number } | { failed: string }

function tell(message: ChildMessage): void {
  process.send?.(message)
}

function callsOf(storage: JobStorage, work: ChildWork): (() => Promise<unknown>)[] {
  switch (work.do) {
    case 'migrate':
      return [() => storage.migrate()]
    case 'insert':
      return work.calls.map((jobs) => () => storage.insertJobs(jobs))
    case 'settle':
      return work.calls.map((settlements) => () => storage.settleJobs(settlements))
    case 'putStates':
      return work.calls.map(
        ({ state, jobs }) =>
          () =>
            storage.putState(state, null, jobs),
      )
  }
}

async function doIt(storage: JobStorage, work: ChildWork): Promise<void> {
  for (const [index, call] of callsOf(storage, work).entries()) {
    tell({ begins: index })
    await call()
  }
}

const failed = (error: unknown) => tell({ failed: String(error) })

async function main(): Promise<void> {
  const { open } = (await import(process.argv[2] ?? '')) as { open: () => Promise<JobStorage> }
  const storage = await open()
  // Connected before the work begins, so that the kill does not only ever meet the connecting.
  await storage.describe()
  process.once('message', (work: ChildWork) => {
    doIt(storage, work).catch(failed)
  })
  process.once('disconnect', () => process.exit())
  tell('ready')
}

main().catch((error: unknown) => {
  failed(error)
  process.exitCode = 1
})
