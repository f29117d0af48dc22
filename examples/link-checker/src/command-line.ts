import { realpath, stat } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from './usage-error.js'

export const help = `Usage: link-checker [directory] [options]

Checks the links of all Markdown files below a directory; by default, of this repository.
Without --online a small server of its own answers for the web, and fails at times.
Interrupted or killed, it goes on where it was when it is started again.

  --online          ask the real web servers
  --fresh           forget a run that was interrupted, begin anew
  --database <url>  postgres://…  mysql://…  mariadb://…  mongodb://…  sqlite:<file>  memory:
                    default: the file .link-checker.sqlite
  --prefix <text>   of its tables or collections; default link_checker_
  --concurrency <n> links checked at the same time, 1 to 1000; default 10
  --help

Ends with 0: no link is broken but those in folders named "planted", which are meant to be; 1: others are;
2: wrong arguments; 3: it could not run; 130: it was interrupted.`

export interface Command {
  /** Absolute. */
  directory: string
  isOnline: boolean
  isFresh: boolean
  database: string
  prefix: string
  concurrency: number
}

/**
 * Undefined: only help is wanted.
 * @throws UsageError
 */
export async function readCommandLine(args: string[]): Promise<Command | undefined> {
  const { values, positionals } = parse(args)
  if (values.help) return undefined
  if (positionals.length > 1) throw new UsageError(`one directory at a time, not ${positionals.join(' and ')}`)
  const concurrency = Number(values.concurrency)
  if (!/^\d+$/.test(values.concurrency) || concurrency < 1 || concurrency > 1_000) {
    throw new UsageError(`--concurrency is ${values.concurrency}; it must be a number from 1 to 1000`)
  }
  const { online: isOnline, fresh: isFresh, database, prefix } = values
  if (database === '') throw new UsageError('--database is empty')
  const repository = fileURLToPath(new URL('../../..', import.meta.url))
  return { directory: await findDirectory(positionals[0] ?? repository), isOnline, isFresh, database, prefix, concurrency }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        online: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        database: { type: 'string', default: '.link-checker.sqlite' },
        prefix: { type: 'string', default: 'link_checker_' },
        concurrency: { type: 'string', default: '10' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

async function findDirectory(path: string): Promise<string> {
  const found = await stat(path).catch(() => undefined)
  if (!found?.isDirectory()) throw new UsageError(`${path} is not a directory`)
  return realpath(path)
}
