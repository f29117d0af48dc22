/** The outage ends after `work`, whatever becomes of that. */
export async function during(begin: () => Promise<AsyncDisposable>, work: () => Promise<void>): Promise<void> {
  const outage = await begin()
  try {
    await work()
  } finally {
    await outage[Symbol.asyncDispose]()
  }
}
