import assert from 'node:assert/strict'
import type { ConformanceCase } from '../case.js'
import { findJob, newJob } from '../factories.js'

/** The clocks of two machines may differ a little; a zone taken for another is at least a quarter of an hour off. */
const tolerance = 5 * 60_000

export const serverTimeCases: ConformanceCase[] = [
  {
    id: 'server-time/milliseconds',
    title: 'tells its time in whole epoch milliseconds',
    proves: ['time.server'],
    async run({ storage }) {
      const time = await storage.serverTime()
      assert.ok(Number.isInteger(time), `${time} is no integer`)
      assert.ok(Math.abs(time - Date.now()) < tolerance, `${new Date(time).toISOString()} is not now`)
    },
  },
  {
    id: 'server-time/advances',
    title: 'has a clock that goes on, in steps of less than a second',
    proves: ['time.server'],
    async run({ storage }) {
      const started = performance.now()
      const first = await storage.serverTime()
      let last = first
      while (last === first && performance.now() - started < 5_000) last = await storage.serverTime()
      const elapsed = performance.now() - started
      assert.ok(last > first, 'the clock stands still')
      assert.ok(last - first < elapsed + 500, `the clock went on by ${last - first} ms within ${elapsed} ms`)
    },
  },
  {
    id: 'server-time/not-of-this-process',
    title: 'does not take the clock of this process for its own',
    proves: ['time.server'],
    async run({ storage }) {
      const real = Date.now
      Date.now = () => real() - 3_600_000
      try {
        assert.ok(Math.abs((await storage.serverTime()) - real()) < tolerance, 'the answer followed a wrong clock of this process')
      } finally {
        Date.now = real
      }
    },
  },
  {
    id: 'server-time/any-zone',
    title: 'tells and keeps times regardless of the zone of this process, also within the hour that a zone leaves out',
    proves: ['time.server', 'insert.faithful'],
    async run({ open }) {
      const before = process.env.TZ
      try {
        for (const zone of ['Asia/Kolkata', 'Europe/Berlin', 'America/St_Johns']) {
          process.env.TZ = zone
          const storage = await open()
          assert.ok(Math.abs((await storage.serverTime()) - Date.now()) < tolerance, `the time in ${zone}`)
          for (const runAt of [
            Date.UTC(2026, 2, 29, 1, 30, 0, 123),
            Date.UTC(2026, 2, 29, 2, 30, 0, 1),
            Date.UTC(2026, 9, 25, 0, 30),
            Date.UTC(2026, 9, 25, 1, 30),
          ]) {
            const job = newJob({ runAt })
            await storage.insertJobs([job])
            assert.equal((await findJob(storage, job.id)).runAt, runAt, `in ${zone}`)
          }
        }
      } finally {
        if (before === undefined) delete process.env.TZ
        else process.env.TZ = before
      }
    },
  },
]
