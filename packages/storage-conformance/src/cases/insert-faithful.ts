import assert from 'node:assert/strict'
import { maxBytesPerCall, type NewJob } from '@dbjobq/core/storage'
import type { AnyStorage, ConformanceCase } from '../case.js'
import { findJob, newJob } from '../factories.js'
import { oddNames, oddTexts } from '../odd-texts.js'
import { findAll } from '../running-jobs.js'

const mebibyte = 1024 * 1024

/** Inserts the jobs in one call and compares the fields that were given. */
async function comeBack(storage: AnyStorage, jobs: NewJob[]): Promise<void> {
  await storage.insertJobs(jobs)
  const rows = await findAll(storage, jobs)
  for (const [index, job] of jobs.entries()) assert.deepEqual({ ...rows[index], ...job }, rows[index])
}

/** For texts too long to print. */
async function longTextComesBack(storage: AnyStorage, what: string, data: string): Promise<void> {
  const job = newJob({ data })
  await storage.insertJobs([job])
  assert.ok((await findJob(storage, job.id)).data === data, `${what}: ${Buffer.byteLength(data)} bytes came back changed`)
}

export const insertFaithfulCases: ConformanceCase[] = [
  {
    id: 'insert-jobs/odd-texts',
    title: 'brings every text back the same, byte by byte',
    proves: ['insert.faithful'],
    async run({ storage }) {
      const jobs = Object.values(oddTexts).map((text) => newJob({ data: text, options: `${text}${text}` }))
      await comeBack(storage, jobs)
      for (const [what, text] of Object.entries(oddTexts)) {
        const job = newJob({ data: text, options: text })
        await storage.insertJobs([job])
        const row = await findJob(storage, job.id)
        assert.equal(row.data, text, `data, ${what}, in a call of its own`)
        assert.equal(row.options, text, `options, ${what}, in a call of its own`)
      }
    },
  },
  {
    id: 'insert-jobs/odd-names',
    title: 'keeps names apart that differ in case or at their end, for queue, type and group key',
    proves: ['insert.faithful', 'find.values'],
    async run({ storage }) {
      const jobs = oddNames.map((name) => newJob({ queue: name, type: name, groupKey: name }))
      await comeBack(storage, jobs)
      for (const [index, name] of oddNames.entries()) {
        const only = [jobs[index]?.id]
        for (const filter of [{ queue: [name] }, { type: [name] }, { groupKey: name }]) {
          const rows = await storage.findJobs(filter, { limit: 100 })
          assert.deepEqual(
            rows.map((row) => row.id),
            only,
            JSON.stringify(filter),
          )
        }
      }
    },
  },
  {
    id: 'insert-jobs/numbers',
    title: 'brings every number back the same',
    proves: ['insert.faithful'],
    async run({ storage }) {
      const priorities = [-32768, -32767, -256, -1, 0, 1, 255, 32766, 32767]
      const times = [
        0,
        1,
        999,
        2 ** 31 - 1,
        2 ** 31,
        2 ** 32,
        1_700_000_000_001,
        Date.UTC(2038, 0, 19, 3, 14, 8),
        Date.UTC(9999, 11, 31, 23, 59, 59, 999),
      ]
      await comeBack(storage, [...priorities.map((priority) => newJob({ priority })), ...times.map((runAt) => newJob({ runAt }))])
    },
  },
  {
    id: 'insert-jobs/mebibyte',
    title: 'brings 1 MiB of data back the same, whatever its characters are',
    proves: ['insert.faithful'],
    async run({ storage }) {
      await longTextComesBack(storage, 'letters', 'x'.repeat(mebibyte))
      await longTextComesBack(storage, 'backslashes', '\\'.repeat(mebibyte))
      await longTextComesBack(storage, 'quotes', `'"`.repeat(mebibyte / 2))
      await longTextComesBack(storage, 'emoji', '😀'.repeat(mebibyte / 4))
      await longTextComesBack(storage, 'NUL as escapes', '\\u0000'.repeat(mebibyte / 6))
    },
  },
  {
    id: 'insert-jobs/largest-call',
    title: 'takes a call of the largest size, also when every byte of it needs an escape',
    proves: ['insert.faithful', 'insert.all-or-nothing'],
    async run({ storage }) {
      for (const character of ['x', '\\', "'"]) {
        const share = character.repeat(maxBytesPerCall / 4 - 1_000)
        const jobs = Array.from({ length: 4 }, () => newJob({ data: share, options: '{}' }))
        const answers = await storage.insertJobs(jobs)
        assert.ok(answers.every((answer) => answer.inserted))
        const rows = await findAll(storage, jobs)
        assert.ok(
          rows.every((row) => row.data === share),
          `data of ${character} came back changed`,
        )
      }
    },
  },
]
