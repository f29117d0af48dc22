import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { describe, expect, it } from 'vitest'
import { allCases, runCase, testStorage, type ConformanceCase, type Subject } from '../src/index.js'

function memory(): Subject & { opened: MemoryStorage[] } {
  let database = new MemoryDatabase()
  const opened: MemoryStorage[] = []
  return {
    opened,
    open: () => {
      const storage = new MemoryStorage({ database })
      opened.push(storage)
      return Promise.resolve(storage)
    },
    reset: () => {
      database = new MemoryDatabase()
      return Promise.resolve()
    },
  }
}

const openThree: ConformanceCase = {
  id: 'close/open-three',
  title: 'is opened',
  proves: [],
  async run({ open }) {
    await open()
    await open()
  },
}

describe('the suite', () => {
  it('registers every case once, in a group for each member, those that do not apply with the reason', async () => {
    const names: string[] = []
    const groups: string[] = []
    const register = (name: string) => names.push(name)
    await testStorage({
      ...memory(),
      describe: (name, body) => {
        groups.push(name)
        body()
      },
      it: Object.assign(register, { skip: register }),
    })
    expect(names.map((name) => name.split(':')[0]).toSorted()).toEqual(allCases.map((item) => item.id).toSorted())
    expect(new Set(groups).size).toBe(groups.length)
    expect(names).toContain('tx/commit: not applicable, the store has no transactions')
    expect(names).toContain('insert-jobs/none: a storage answers nothing to no jobs')
  })

  it('closes whatever a case opened, when it passes and when it fails', async () => {
    for (const fails of [false, true]) {
      const subject = memory()
      const item: ConformanceCase = {
        ...openThree,
        run: async (context) => {
          await openThree.run(context)
          if (fails) throw new Error('on purpose')
        },
      }
      const outcome = await runCase(subject, item, 42).catch((error: unknown) => String(error))
      expect(outcome).toBe(fails ? 'Error: close/open-three (seed 42): on purpose' : undefined)
      expect(subject.opened).toHaveLength(3)
      for (const storage of subject.opened) await expect(storage.findQueues()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    }
  })

  it('runs with node:test too', async () => {
    const file = fileURLToPath(new URL('with-node-test.mjs', import.meta.url))
    const { stdout } = await promisify(execFile)(process.execPath, ['--test', '--test-reporter=tap', file])
    const count = (what: string) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(stdout)?.[1])
    expect(count('fail')).toBe(0)
    expect(count('pass')).toBeGreaterThan(20)
    expect(count('skipped')).toBeGreaterThan(10)
  }, 60_000)
})
