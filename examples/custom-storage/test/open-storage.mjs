import { FileStorage } from '@dbjobq/example-custom-storage'

/** What another process opens; the parent names the file. */
export function open() {
  return Promise.resolve(new FileStorage(process.env.DBJOBQ_TEST_QUEUE_FILE ?? ''))
}
