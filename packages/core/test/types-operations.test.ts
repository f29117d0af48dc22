import { expectTypeOf, it } from 'vitest'
import { defineJob, typed, type Enqueued, type Job, type JobQueue } from '@dbjobq/core'

const send = defineJob({ type: 'send', data: typed<{ to: string }>(), result: typed<{ messageId: string }>() })
const plain = defineJob({ type: 'plain', data: typed<{ n: number }>() })

it('types results from the definition to who waits for them', () => {
  const wait = async (queue: JobQueue) => {
    const { messageId } = await queue.waitFor(await queue.enqueue(send, { to: 'ada' }))
    expectTypeOf(messageId).toEqualTypeOf<string>()
    expectTypeOf(await queue.enqueueMany(send, [{ to: 'ada' }])).toEqualTypeOf<Enqueued<{ messageId: string }>[]>()
    expectTypeOf(await queue.waitFor('id', { job: send, timeout: '5s' })).toEqualTypeOf<{ messageId: string }>()
    expectTypeOf(await queue.waitFor('id')).toBeUnknown()
    expectTypeOf(queue.waitFor(await queue.enqueue(plain, { n: 1 }))).toEqualTypeOf<Promise<void>>()
    // @ts-expect-error -- the job has another result
    await queue.waitFor(await queue.enqueue(send, { to: 'ada' }), { job: plain })
  }
  expectTypeOf(wait).toBeFunction()
})

it('types the jobs of a definition, and what may change of them', () => {
  const list = async (queue: JobQueue) => {
    const { jobs } = await queue.listJobs({ job: send, status: 'completed' })
    expectTypeOf(jobs).toEqualTypeOf<Job<{ to: string }, { messageId: string }>[]>()
    // @ts-expect-error -- no such status
    await queue.listJobs({ status: 'done' })
    // @ts-expect-error -- nor in a list
    await queue.listJobs({ status: ['done'] })
    expectTypeOf((await queue.listJobs()).jobs).toEqualTypeOf<Job[]>()
    for await (const job of queue.iterateJobs({ job: send })) expectTypeOf(job.data.to).toBeString()
    const dead = await queue.deadLetters.list({ job: send })
    expectTypeOf(dead.jobs[0]?.data.to).toEqualTypeOf<string | undefined>()
    await queue.update('id', { job: send, data: { to: 'grace' }, priority: 1 })
    // @ts-expect-error -- data of another shape
    await queue.update('id', { job: send, data: { to: 1 } })
    // @ts-expect-error -- data without its definition
    await queue.update('id', { data: { to: 'grace' } })
    // @ts-expect-error -- not what may change
    await queue.update('id', { status: 'completed' })
    await queue.cancelJobs({ job: send })
    await queue.cancelJobs({ all: true })
    // @ts-expect-error -- all of some
    await queue.cancelJobs({ all: true, type: ['send'] })
    // @ts-expect-error -- dead letters are failed
    await queue.deadLetters.retryAll({ status: ['cancelled'] })
  }
  expectTypeOf(list).toBeFunction()
})
