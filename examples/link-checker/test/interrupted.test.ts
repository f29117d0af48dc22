import { expect, it } from 'vitest'
import { files, report } from './planted.js'
import { run, Workplace } from './program.js'

it('hands its jobs back when it is interrupted, and goes on when it is started again', { timeout: 120_000 }, async () => {
  await using place = new Workplace(files)
  const interrupted = await run(place.args, { when: /links: [1-9]/, signal: 'SIGINT' })
  expect(interrupted).toMatchObject({ code: 130, stdout: '' })
  const again = await run(place.args)
  expect(again).toMatchObject({ code: 0, stdout: report })
  expect(again.stderr).not.toContain('worker lost')
})
