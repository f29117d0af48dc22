import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const program = fileURLToPath(new URL('testing-leaves-nothing.mjs', import.meta.url))

it('a node:test program that uses the kit ends by itself, with no timer left', { timeout: 30_000 }, async () => {
  const child = spawn(process.execPath, ['--test-reporter=tap', program], { stdio: ['ignore', 'pipe', 'inherit'], timeout: 20_000 })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, 'it was killed after 20 s if null').toBe(0)
  expect(output).toContain('# pass 3')
  // A timer of the lease would hold it for ten seconds.
  expect(Number(/ended by itself after (\d+) ms/.exec(output)?.[1])).toBeLessThan(2_000)
})
