// @ts-check
import { describe, expect, it } from 'vitest'
import { longestFirst } from '../targets.mjs'
import { chooseTargets, readArguments, suiteEnvironment } from './choose-targets.mjs'

const all = ['mongo', 'mysql', 'sqlite', 'postgres', 'memory', 'mariadb']

describe('the choice of databases', () => {
  it('is all of them without --only', () => {
    expect(readArguments([])).toEqual({ names: all, full: false })
    const names = chooseTargets(all, {}).map(({ name }) => name)
    expect(names).toEqual(longestFirst)
  })

  it.each([[['--only', 'sqlite,postgres']], [['--only=postgres,sqlite']], [['--only', 'postgres', '--only', ' sqlite']]])(
    'follows %j',
    (args) => {
      expect(readArguments(args).names).toEqual(['sqlite', 'postgres'])
    },
  )

  it.each([
    [['--only', 'oracle,sqlite'], '--only does not know oracle; valid are mongo, mysql, sqlite, postgres, memory, mariadb'],
    [['--only', ''], "--only does not know ''; valid are"],
    [['--only'], "Option '--only <value>' argument missing"],
    [['--olny', 'sqlite'], "Unknown option '--olny'"],
  ])('refuses %j', (args, message) => {
    expect(() => readArguments(args)).toThrow(message)
  })

  it('is less on the second server of a family, unless all is asked for', () => {
    const [first, second] = chooseTargets(['postgres'], {})
    expect(first).toMatchObject({ name: 'postgres18', left: [] })
    expect(second).toMatchObject({ name: 'postgres13', isSecond: true, suites: [{ path: 'packages/storage-postgres' }] })
    const [{ without = [] } = {}] = second?.suites ?? []
    expect(without).toContain('test/queue.test.ts')
    const files = without.map((file) => `packages/storage-postgres/${file}`)
    expect(second?.left).toEqual([...(first?.suites.slice(1).map(({ path }) => path) ?? []), ...files])
    expect(readArguments(['--full']).full).toBe(true)
    const [, full] = chooseTargets(['postgres'], {}, true)
    expect(full).toMatchObject({ isSecond: false, left: [] })
    expect(full?.suites.map(({ path }) => path)).toEqual(first?.suites.map(({ path }) => path))
  })

  it('leaves out what is shown elsewhere, unless all is asked for', () => {
    const [some] = chooseTargets(['mysql'], {})
    const [all] = chooseTargets(['mysql'], {}, true)
    expect(some?.left).toEqual(['examples/http-api', 'examples/payments'])
    expect(all?.suites.map(({ path }) => path)).toEqual([...(some?.suites.map(({ path }) => path) ?? []), ...(some?.left ?? [])])
  })

  it('takes the server of the user in place of its own', () => {
    const targets = chooseTargets(['mongo', 'mariadb'], { DBJOBQ_MONGO_URL: 'mongodb://mine' })
    expect(targets).toMatchObject([{ name: 'mongo (DBJOBQ_MONGO_URL)', url: 'mongodb://mine' }, { server: 'mariadb10' }])
  })

  it('names a suite the database it runs on and no other', () => {
    const environment = { PATH: '/bin', DBJOBQ_MYSQL_URL: 'a', DBJOBQ_MARIADB_URL: 'b', DBJOBQ_DATABASE_URL: 'c', DBJOBQ_SERVICES: 'd' }
    expect(suiteEnvironment(environment, 'DBJOBQ_MYSQL_URL', 'b')).toEqual({ PATH: '/bin', DBJOBQ_MYSQL_URL: 'b', DBJOBQ_SERVICES: 'd' })
    expect(suiteEnvironment(environment, undefined, undefined)).toEqual({ PATH: '/bin', DBJOBQ_SERVICES: 'd' })
  })
})
