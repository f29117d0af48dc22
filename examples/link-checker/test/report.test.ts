import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { run, Workplace } from './program.js'

describe.concurrent('the report', { timeout: 120_000 }, () => {
  it('finds in this repository what its README shows', async () => {
    await using place = new Workplace({})
    const { code, stdout } = await run(place.database)
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
    expect(stdout).toBe(/```text\n(.*?)```/s.exec(readme)?.[1])
    expect(code).toBe(0)
  })

  it('ends with 1 when another link is broken, and names it apart from the planted ones', async () => {
    await using place = new Workplace({ 'a.md': '\n\n[x](y.md)', 'planted/b.md': '[x](y.md)' })
    const { code, stdout } = await run(place.args)
    expect(stdout).toBe(
      '1 broken link:\n  a.md:3  y.md  no such file\n\nPlanted to be found, 1 broken link:\n  planted/b.md:1  y.md  no such file\n',
    )
    expect(code).toBe(1)
  })

  it('says so when there is nothing to check', async () => {
    await using place = new Workplace({ 'a.txt': '[x](y)' })
    const { code, stdout, stderr } = await run(place.args)
    expect(stderr).toContain('0 files, 0 different links')
    expect(stdout).toBe('No broken links.\n')
    expect(code).toBe(0)
  })
})
