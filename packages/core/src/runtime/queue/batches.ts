import { maxBytesPerCall, maxRowsPerCall, type NewJob, type Settlement } from '../../model/storage.js'

/** In order, each within what one call of the storage carries. */
export function* batches<Item>(items: Iterable<Item>, bytesOf: (item: Item) => number): Generator<Item[]> {
  let batch: Item[] = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item)
    if (batch.length === maxRowsPerCall || (batch.length > 0 && bytes + size > maxBytesPerCall)) {
      yield batch
      batch = []
      bytes = 0
    }
    batch.push(item)
    bytes += size
  }
  if (batch.length > 0) yield batch
}

/** UTF-8 bytes of its texts, at most: a UTF-16 unit takes 3 at the most, so short ones need no count. */
export function sizeOf({ data, options }: Pick<NewJob, 'data' | 'options'>): number {
  return 500 + options.length + (data.length < 1_000 ? data.length * 3 : Buffer.byteLength(data))
}

/** The same of a settlement. */
export function settlementSize({ result, errors, followUps = [] }: Settlement): number {
  const texts = (result?.length ?? 0) * 3 + (errors?.length ?? 0) * 3
  return texts + followUps.reduce((sum, job) => sum + sizeOf(job), 200)
}
