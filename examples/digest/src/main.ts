import { parseArgs } from 'node:util'
import { DbjobqError, handle, JobQueue, Worker, type ScheduleTiming } from '@dbjobq/core'
import { businessHours, scheduleDigest } from './business-hours.js'
import { openStorage } from './database.js'
import { signUp } from './jobs.js'
import { bindWriteDigest } from './write-digest.js'

const help = `digest preview            the next ten digests
digest sign-up <name> …   somebody signs up
digest serve              sends digests, until it is stopped

--database <file or postgres:…>   default digest.sqlite
--prefix <text>                   of the tables, default dbjobq_
--cron, --timezone                default ${String(businessHours.cron)} in ${String(businessHours.timezone)}`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    database: { type: 'string', default: 'digest.sqlite' },
    prefix: { type: 'string', default: 'dbjobq_' },
    cron: { type: 'string', default: businessHours.cron },
    timezone: { type: 'string', default: businessHours.timezone },
  },
})

async function main([command, ...names]: string[]): Promise<void> {
  const timing = { cron: values.cron, timezone: values.timezone } as ScheduleTiming
  if (command !== 'preview' && command !== 'sign-up' && command !== 'serve') {
    console.log(help)
    return
  }
  await using queue = new JobQueue(openStorage(values.database, values.prefix))
  await queue.migrate()
  if (command === 'sign-up')
    await queue.enqueueMany(
      signUp,
      names.map((name) => ({ name })),
    )
  else if (command === 'serve') await serve(queue, timing)
  else for (const tick of await queue.schedules.preview(timing)) console.log(inZone(tick))
}

async function serve(queue: JobQueue<unknown>, timing: ScheduleTiming): Promise<void> {
  const { nextTick } = await scheduleDigest(queue, timing)
  if (nextTick) console.log(`The next digest: ${inZone(nextTick)}`)
  await using worker = new Worker(queue, {
    jobs: [bindWriteDigest(queue, (text) => console.log(text)), handle(signUp, ({ name }) => ({ welcomed: name }))],
  })
  await worker.run()
}

function inZone(time: Date): string {
  return time.toLocaleString('en-GB', { timeZone: values.timezone, dateStyle: 'full', timeStyle: 'long' })
}

try {
  await main(positionals)
} catch (error) {
  if (!DbjobqError.isInstance(error)) throw error
  console.error(`${error.code}: ${error.message}`)
  process.exitCode = 1
}
