import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const program = fileURLToPath(new URL('outside-the-handler.mjs', import.meta.url))
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', timeout: 20_000 })

describe('what a job breaks outside of its handler', { timeout: 60_000 }, () => {
  it('ends the process as Node does without a listener, and nothing hides it', () => {
    const { status, stderr, stdout } = run()
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain('nobody awaits this')
  })

  it('touches neither the job nor the worker where the process listens', () => {
    const { status, stdout } = run('caught')
    expect(status).toBe(0)
    expect(JSON.parse(stdout)).toEqual({ caught: ['nobody awaits this', 'thrown in a timer'], completed: 2 })
  })
})
