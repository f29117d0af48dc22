import { contentionJob, repeat, type Place } from '../place.js'

export const tickState = { kind: 'contention', id: 'tick' }

/** A schedule without a leader: all try to write the next revision, with the job of that tick. */
export async function tick(place: Place): Promise<void> {
  await repeat(place, 100, async () => {
    const { store, random } = place
    const [found] = await store.storage.findStates({ kind: tickState.kind, ids: [tickState.id] }, { limit: 1 })
    await store.tick({ ...tickState, dueAt: Date.now(), text: '{}' }, found?.revision ?? null, contentionJob(random))
  })
}
