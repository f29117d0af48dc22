import type { JobDefinition } from '../../model/definition.js'
import type { EnqueueOptions } from '../../model/enqueue-options.js'
import { DbjobqError } from '../../model/errors.js'
import type { NewJob } from '../../model/storage.js'
import { freeOver } from '../queue/conflicts.js'
import { draft, toNewJob } from '../queue/draft.js'
import type { Store } from '../store.js'

/** A job that is written with the completion of another: checked now, and left out then if its key is held. */
export async function draftFollowUp<Input>(
  store: Store,
  job: JobDefinition<Input>,
  data: Input,
  options: EnqueueOptions<unknown, Input>,
): Promise<NewJob> {
  if ('tx' in options || 'signal' in options) {
    const message = 'ctx.enqueue writes with the completion and takes no tx and no signal. Use queue.enqueue for that.'
    throw new DbjobqError('INVALID_OPTION', message)
  }
  const drafted = await draft('ctx.enqueue', job, data, options)
  const { unique } = drafted
  if (unique && unique.onConflict !== 'skip') {
    const help = "Pass unique with onConflict 'skip', or use queue.enqueue."
    const message = `ctx.enqueue: what is written with the completion cannot ${unique.onConflict} another job. ${help}`
    throw new DbjobqError('UNSUPPORTED', message)
  }
  const now = store.clock.now()
  const followUp = toNewJob(drafted, store.ids.next(now), now)
  if (unique && unique.window !== null) await freeOver([followUp], store.storage, now)
  return followUp
}
