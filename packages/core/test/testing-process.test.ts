import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const program = fileURLToPath(new URL('testing-leaves-nothing.mjs', import.meta.url))

it('a node:test program that uses the kit ends by itself, with no timer left', { timeout: 30_000 }, async () => {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- vitest marks its children, and node:test would take it for its own
  const { NODE_TEST_CONTEXT, VITEST, ...env } = process.env
  const child = spawn(process.execPath, [program], { env, stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  const [code] = (await once(child, 'close')) as [number]
  expect(output).toContain('# pass 3')
  expect(code).toBe(0)
  // The timers of a lease would hold it for ten seconds.
  expect(Number(/idle after (\d+) ms/.exec(output)?.[1])).toBeLessThan(8_000)
})
