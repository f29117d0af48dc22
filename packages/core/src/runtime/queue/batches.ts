import { maxBytesPerCall, maxRowsPerCall, type NewJob } from '../../model/storage.js'

/** In order, each within what one call of the storage carries. */
export function* batches(jobs: NewJob[]): Generator<NewJob[]> {
  let batch: NewJob[] = []
  let bytes = 0
  for (const job of jobs) {
    const size = sizeOf(job)
    if (batch.length === maxRowsPerCall || (batch.length > 0 && bytes + size > maxBytesPerCall)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(job)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** UTF-8 bytes of its texts, at most: a UTF-16 unit takes 3 at the most, so short ones need no count. */
export function sizeOf({ data, options }: Pick<NewJob, 'data' | 'options'>): number {
  return 500 + options.length + (data.length < 1_000 ? data.length * 3 : Buffer.byteLength(data))
}
