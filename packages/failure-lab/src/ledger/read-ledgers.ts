import { createReadStream, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Line } from './line.js'

/** All lines of a folder, process by process, each in the order it was written. */
export async function* readLedgers(folder: string): AsyncGenerator<Line> {
  for (const name of readdirSync(folder).filter((name) => name.endsWith('.ndjson'))) {
    for await (const text of createInterface({ input: createReadStream(join(folder, name)), crlfDelay: Infinity })) {
      // SIGKILL can cut the last line of a file short.
      if (text.endsWith('}')) yield JSON.parse(text) as Line
    }
  }
}
