import { describe, expect, it } from 'vitest'
import { files, report } from './planted.js'
import { run, Workplace } from './program.js'

describe.concurrent('the link checker', { timeout: 120_000 }, () => {
  it('finds what is planted, tries again what failed, checks each URL once, and ends well', async () => {
    await using place = new Workplace(files)
    const { code, stdout, stderr } = await run(place.args)
    expect(stdout).toBe(report)
    expect(code).toBe(0)
    // planted/broken.md#planted, 2 × #good, 3 + 40 pages, 4 planted
    expect(stderr).toContain('4 files, 50 different links')
    expect(stderr).toMatch(/\d × HTTP 503/)
    expect(stderr).toMatch(/\d × no answer in time/)
    expect(stderr).toMatch(/\d × HTTP 429, asked to wait/)
  })

  it('goes on where it was after kill -9, gives the same report, and begins anew after that', async () => {
    await using place = new Workplace(files)
    const killed = await run([...place.args, '--concurrency', '2'], { when: /links: [1-9]/, signal: 'SIGKILL' })
    expect(killed).toMatchObject({ signal: 'SIGKILL', stdout: '' })
    const again = await run([...place.args, '--concurrency', '2'])
    expect(again.stderr).toContain('Going on with the run')
    expect(again.stderr).not.toContain('links: 0 of')
    expect(again).toMatchObject({ code: 0, stdout: report })
    const next = await run(place.args)
    expect(next.stderr).toContain('Checking the links')
    expect(next).toMatchObject({ code: 0, stdout: report })
  })
})
