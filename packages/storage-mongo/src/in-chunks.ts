/** `size` at a time, answers in order. */
export async function inChunks<T, R>(items: T[], size: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = []
  for (let start = 0; start < items.length; start += size) answers.push(...(await Promise.all(items.slice(start, start + size).map(work))))
  return answers
}
