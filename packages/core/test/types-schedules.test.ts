import { expectTypeOf, it } from 'vitest'
import { defineJob, typed, type JobContext, type JobQueue, type Schedule } from '@dbjobq/core'

const send = defineJob({ type: 'send', data: typed<{ to: string; cc?: string }>() })

it('types schedules by their job', () => {
  const upsert = ({ schedules }: JobQueue<{ knex: true }>) => {
    const ada = { job: send, data: { to: 'ada' } }
    expectTypeOf(schedules.upsert('s', { ...ada, cron: '@daily', timezone: 'UTC', dst: { gap: 'skip' } })).resolves.toEqualTypeOf<
      Schedule<{ to: string; cc?: string }>
    >()
    return [
      schedules.upsert('s', { ...ada, every: '1h', startAt: new Date(0), missed: 'all', maxMissed: 5, overlap: 'skip', priority: 1 }),
      // @ts-expect-error -- neither cron nor every
      schedules.upsert('s', { ...ada }),
      // @ts-expect-error -- cron and every
      schedules.upsert('s', { ...ada, cron: '@daily', every: '1h' }),
      // @ts-expect-error -- a zone goes with cron
      schedules.upsert('s', { ...ada, every: '1h', timezone: 'UTC' }),
      // @ts-expect-error -- a wrong payload
      schedules.upsert('s', { job: send, data: { to: 1 }, cron: '@daily' }),
      // @ts-expect-error -- a property too many
      schedules.upsert('s', { job: send, data: { to: 'ada', subject: 'x' }, cron: '@daily' }),
      // @ts-expect-error -- a function cannot be stored
      schedules.upsert('s', { job: send, data: () => ({ to: 'ada' }), cron: '@daily' }),
      // @ts-expect-error -- not a duration
      schedules.upsert('s', { ...ada, every: 'hourly' }),
      // @ts-expect-error -- no such policy
      schedules.upsert('s', { ...ada, cron: '@daily', missed: 'some' }),
      // @ts-expect-error -- a schedule is not written in a transaction
      schedules.upsert('s', { ...ada, cron: '@daily', tx: { knex: true } }),
      schedules.preview('s', 3),
      schedules.preview({ cron: '@daily' }),
    ]
  }
  expectTypeOf(upsert).toBeFunction()
  expectTypeOf<JobContext['schedule']>().toEqualTypeOf<{ readonly id: string; readonly tick: Date } | null>()
})
