/** The first SIGTERM or SIGINT stops with the usual patience, a second with none. Answers what takes the listeners away. */
export function stopOnSignals(stop: (timeout?: number) => Promise<void>): () => void {
  let signals = 0
  const onSignal = (): void => void stop(++signals === 1 ? undefined : 0)
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
  return () => {
    process.off('SIGTERM', onSignal)
    process.off('SIGINT', onSignal)
  }
}
