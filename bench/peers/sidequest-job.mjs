import { Job } from 'sidequest'

/** Sidequest loads a job class by the file that it is in. */
export class NoopJob extends Job {
  async run() {
    globalThis.onSidequestJob()
    return 1
  }
}
