import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

interface World {
  number: number
  error?: string
  steps?: number
  runs?: number
  digest?: number
}

/** In a process of its own, whose clocks and timers are the simulation's for good. */
export async function simulate({ untilFailed = false, ...options }: Record<string, string | number | boolean>): Promise<World[]> {
  const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])
  const child = spawn(process.execPath, [main, ...given, ...(untilFailed ? ['--untilFailed'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] })
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  const worlds = output.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as World]))
  if (worlds.length === 0 || errors !== '') throw new Error(`the simulation ended with ${code}: ${errors}`)
  return worlds
}
