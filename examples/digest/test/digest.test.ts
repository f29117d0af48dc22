import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { JobQueue } from '@dbjobq/core'
import { afterAll, expect, it } from 'vitest'
import { businessHours } from '../src/business-hours.js'
import { openStorage } from '../src/database.js'

const main = fileURLToPath(new URL('../dist/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'digest-'))
const database = process.env.DBJOBQ_DATABASE_URL ?? join(folder, 'digest.sqlite')
const prefix = `dg_${randomBytes(4).toString('hex')}_`

/** Runs the built program to its end; once it has said all of `until`, it is asked to stop. */
async function run(args: string[], until: RegExp[] = []): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [main, ...args, '--database', database, '--prefix', prefix])
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    if (until.length > 0 && until.every((sign) => sign.test(stdout))) child.kill('SIGTERM')
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

afterAll(async () => {
  const queue = new JobQueue(openStorage(database, prefix))
  await queue.migrate({ to: 0 })
  await queue.close()
  rmSync(folder, { recursive: true })
})

it('tells each sign-up in one digest, over a restart', { timeout: 60_000 }, async () => {
  const everySecond = ['--cron', '* * * * * *']
  expect(await run(['sign-up', 'ada', 'grace'])).toEqual({ code: 0, stdout: '', stderr: '' })
  const first = await run(['serve', ...everySecond], [/grace/, /none\n$/])
  expect([first.code, first.stderr]).toEqual([0, ''])
  expect(first.stdout).toMatch(/^The next digest: .*\n(New sign-ups: none\n)*New sign-ups: ada, grace\n(New sign-ups: none\n)+$/)
  await run(['sign-up', 'edsger'])
  const second = await run(['serve', ...everySecond], [/edsger/, /none\n$/])
  expect(second.code).toBe(0)
  expect(second.stdout).not.toMatch(/ada|grace|edsger[^]*edsger/)
})

it('is sent in business hours: not at night, not at the weekend', async () => {
  const queue = new JobQueue(openStorage(database, prefix))
  const from = new Date('2026-10-23T14:30:00+02:00')
  const ticks = await queue.schedules.preview(businessHours, 6, { from })
  await queue.close()
  // From Friday afternoon to Monday morning, over the end of summer time.
  expect(ticks.map((tick) => tick.toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' }))).toEqual([
    '2026-10-23 15:00:00',
    '2026-10-23 16:00:00',
    '2026-10-23 17:00:00',
    '2026-10-26 09:00:00',
    '2026-10-26 10:00:00',
    '2026-10-26 11:00:00',
  ])
})

it('says what is wrong with a schedule', async () => {
  const { code, stderr } = await run(['serve', '--timezone', 'Berlin'])
  expect([code, stderr]).toEqual([1, expect.stringContaining('INVALID_TIMEZONE')])
})
