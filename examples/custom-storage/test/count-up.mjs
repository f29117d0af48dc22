// Adds one to the number in a file, many times, each time by reading it and writing it back under the lock.
import { readFile, writeFile } from 'node:fs/promises'
import { withLock } from '../dist/lock.js'

const [path = '', times] = process.argv.slice(2)
for (let done = 0; done < Number(times); done++) {
  await withLock(`${path}.lock`, performance.now() + 30_000, async () => {
    await writeFile(path, String(Number(await readFile(path, 'utf8')) + 1))
  })
}
