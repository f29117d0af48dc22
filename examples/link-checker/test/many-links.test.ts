import { expect, it } from 'vitest'
import { run, Workplace } from './program.js'

it('checks a file with more links than one job takes along', { timeout: 120_000 }, async () => {
  const anchors = Array.from({ length: 1_200 }, (_, index) => `[x](#h${String(index)})`)
  await using place = new Workplace({ 'a.md': `# h7\n${anchors.join('\n')}` })
  const { code, stdout, stderr } = await run(place.args)
  expect(stderr).toContain('1 file, 1200 different links')
  expect(stdout).toContain('1199 broken links:\n  a.md:2  #h0  no such heading\n')
  expect(stdout).toContain('a.md:1201  #h1199')
  expect(code).toBe(1)
})
