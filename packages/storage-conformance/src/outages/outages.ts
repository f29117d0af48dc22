import type { JobStorage } from '@dbjobq/core/storage'

/** What can be done to the server under a store that works. Each begins what it names; disposing of the answer ends that. */
export interface Outages {
  /** Ends every connection of the storages that `open` gave, whatever they do on them. They may connect again at once. */
  cutConnections?: () => Promise<void>
  /** Kills the server as `kill -9` does. Disposed of: it runs again at the same address with its data. */
  killServer?: () => Promise<AsyncDisposable>
  /** The server that takes the writes dies, with some that no other has, and another takes over. Disposed of: it runs again, without these. */
  failOver?: () => Promise<AsyncDisposable>
  /** The server takes no writes. */
  refuseWrites?: () => Promise<AsyncDisposable>
  /** Calls that write jobs wait, for as long as they may. Reads may go on. The storages that `open` gives should have a `callTimeout` of about 2 s. */
  lockJobs?: () => Promise<AsyncDisposable>
  /** There is no room for what is written. */
  fillDisk?: () => Promise<AsyncDisposable>
  /** Where a transaction holds a connection: a storage as those of `open`, with at most so many connections, and a `callTimeout` of 10 s or more. The case closes it. */
  smallPool?: (max: number) => JobStorage | Promise<JobStorage>
}
