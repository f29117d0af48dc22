import { describe, expect, it } from 'vitest'
import { files, report } from './planted.js'
import { run, Workplace } from './program.js'

describe('the command line', { timeout: 120_000 }, () => {
  it.each([
    [['--onlin'], "Unknown option '--onlin'"],
    [['no-such-folder'], 'no-such-folder is not a directory'],
    [['a', 'b'], 'one directory at a time, not a and b'],
    [['--concurrency', '0'], '--concurrency is 0'],
    [['--concurrency', '1e2'], '--concurrency is 1e2'],
    [['--database', 'oracle://x'], '--database does not know oracle'],
    [['--database', ''], '--database is empty'],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await run(args)
    expect(stderr).toContain(message)
    expect(stderr).toContain('Try --help.')
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('explains itself', async () => {
    const { code, stdout } = await run(['--help'])
    expect(stdout).toContain('Usage: link-checker [directory] [options]')
    expect(code).toBe(0)
  })

  it('tells in a line that the database cannot be had', async () => {
    const { code, stderr } = await run(['--database', '/no/such/folder/jobs.sqlite'])
    expect(stderr).toMatch(/^UNAVAILABLE: .*\n$/)
    expect(code).toBe(3)
  })

  it('needs no database with memory:', async () => {
    await using place = new Workplace(files)
    expect(await run([place.directory, '--database', 'memory:'])).toMatchObject({ code: 0, stdout: report })
  })
})
