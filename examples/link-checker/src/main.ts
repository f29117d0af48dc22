import { DbjobqError, JobQueue } from '@dbjobq/core'
import { bindCheckFile } from './check-file.js'
import { bindCheckLink } from './check-link.js'
import { help, readCommandLine, type Command } from './command-line.js'
import { openStorage } from './database.js'
import { FlakyServer } from './flaky-server.js'
import { checkFile, checkLink, type Summary } from './jobs.js'
import { Progress } from './progress.js'
import { bindWriteReport, formatSummary } from './report.js'
import { enqueueFiles, openRun, type Run } from './run.js'
import { finishStage, type Stage } from './stages.js'
import { UsageError } from './usage-error.js'

const exitCodes = { good: 0, broken: 1, wrongArguments: 2, cannotRun: 3, interrupted: 130 }

async function main(): Promise<number> {
  const command = await readCommandLine(process.argv.slice(2))
  if (!command) {
    console.log(help)
    return exitCodes.good
  }
  await using queue = new JobQueue(await openStorage(command.database, command.prefix))
  await using server = command.isOnline ? undefined : await FlakyServer.start()
  await queue.migrate()
  return await checkLinks(queue, command, server?.address)
}

async function checkLinks(queue: JobQueue, command: Command, standIn: string | undefined): Promise<number> {
  const startedAt = performance.now()
  const progress = new Progress()
  const run = await openRun(queue, command)
  progress.say(run.isContinued ? `Going on with the run of ${command.directory}` : `Checking the links of ${command.directory}`)
  await enqueueFiles(queue, run)
  for (const stage of stagesOf(queue, run, command, standIn, progress)) {
    if (await finishStage(queue, stage, progress)) continue
    progress.say('Stopped. Start it again to go on.')
    return exitCodes.interrupted
  }
  const job = await queue.getJob<unknown, Summary>(run.id)
  const result = job?.result
  if (!result) throw new Error(`The report was not written: its job is ${job?.status ?? 'gone'}.`)
  progress.say(formatSummary(result, (performance.now() - startedAt) / 1_000))
  return result.broken > 0 ? exitCodes.broken : exitCodes.good
}

/**
 * One after the other, for the sake of the unique keys: such a key is free again when its job has ended. As no link is checked before all
 * files have named theirs, a URL that stands in many files is checked once.
 */
function stagesOf(queue: JobQueue, run: Run, { concurrency }: Command, standIn: string | undefined, progress: Progress): Stage[] {
  const { files, links, report } = run.queues
  const print = (text: string): void => {
    progress.clear()
    console.log(text)
  }
  const group = { groupKey: run.id }
  return [
    { name: 'files', job: bindCheckFile(run), queue: files, jobs: { ...group, type: [checkFile.type] }, concurrency },
    { name: 'links', job: bindCheckLink(standIn), queue: links, jobs: { ...group, type: [checkLink.type] }, concurrency },
    { name: 'report', job: bindWriteReport(queue, run, print), queue: report, jobs: { ids: [run.id] }, concurrency: 1 },
  ]
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof UsageError) {
    console.error(`${error.message}\nTry --help.`)
    process.exitCode = exitCodes.wrongArguments
  } else {
    console.error(DbjobqError.isInstance(error) ? `${error.code}: ${error.message}` : error)
    process.exitCode = exitCodes.cannotRun
  }
}
