import { expect, it } from 'vitest'
import { files, report } from './planted.js'
import { run, Workplace } from './program.js'

it('forgets an interrupted run with --fresh', { timeout: 120_000 }, async () => {
  await using place = new Workplace(files)
  await run(place.args, { when: /links: [1-9]/, signal: 'SIGKILL' })
  const fresh = await run([...place.args, '--fresh'])
  expect(fresh.stderr).toContain('Checking the links')
  expect(fresh.stderr).not.toContain('worker lost')
  expect(fresh).toMatchObject({ code: 0, stdout: report })
})
