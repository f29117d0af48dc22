// @ts-check
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findWrongArrows } from './find-wrong-arrows.mjs'

describe('the arrows', () => {
  let root = ''
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'arrows-'))
  })
  afterEach(() => {
    rmSync(root, { recursive: true })
  })

  /** @param {Record<string, string>} files */
  function wrongIn(files) {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), text)
    }
    return findWrongArrows(root).wrong.map(({ file, line, target, rule }) => `${file}:${String(line)} ${target}: ${rule}`)
  }

  it.each([
    ['packages/core/src/model/job.ts', "import { a } from './errors.js'\nimport { createHash } from 'node:crypto'"],
    ['packages/core/src/memory/index.ts', "import { a } from '../model/storage.js'"],
    [
      'packages/core/src/runtime/worker.ts',
      "import { a } from '../model/job.js'\nimport { b } from './clock.js'\nimport { c } from 'node:timers'",
    ],
    ['packages/core/src/index.ts', "export * from './runtime/worker.js'\nexport * from './memory/index.js'"],
    ['packages/core/test/worker.test.ts', "import { a } from '../src/runtime/worker.js'\nimport { b } from '@dbjobq/core/memory'"],
    ['packages/storage-postgres/src/index.ts', "import { a } from '@dbjobq/core/storage'\nimport knex from 'knex'\nimport pg from 'pg'"],
    ['packages/storage-sqlite/test/tx.test.ts', "import knex from 'knex'\nimport { testStorage } from '@dbjobq/storage-conformance'"],
    ['examples/a/src/main.ts', "import { a } from '@dbjobq/core'\nimport { b } from '@dbjobq/storage-mongo'\nimport knex from 'knex'"],
  ])('let pass what %s may do', (file, text) => {
    expect(wrongIn({ [file]: text })).toEqual([])
  })

  it.each([
    ['packages/core/src/model/job.ts', "\nimport { a } from '../runtime/clock.js'", 2, "core's model/ imports only from model/"],
    ['packages/core/src/model/job.ts', "const fs = await import('node:fs')", 1, "core's model/ imports only from model/"],
    ['packages/core/src/memory/index.ts', "export * from '../runtime/queue.js'", 1, "core's memory/ imports only from memory/, model/"],
    [
      'packages/core/src/runtime/worker.ts',
      "import { a } from '../memory/index.js'",
      1,
      "core's runtime/ imports only from runtime/, model/",
    ],
    ['packages/core/src/runtime/worker.ts', "import type { Knex } from 'knex'", 1, 'core knows no driver, and so not knex'],
    ['packages/core/src/index.ts', "type A = import('pg').Pool", 1, 'core knows no driver, and so not pg'],
    ['packages/core/test/a.test.ts', "import { a } from 'mysql2/promise'", 1, 'core knows no driver, and so not mysql2'],
    ['packages/core/src/index.ts', "import { a } from '@dbjobq/storage-sql'", 1, 'core may not build on storage-sql'],
    ['packages/core/src/odd/a.ts', "import { a } from '../index.js'", 1, "core's odd/ has no rule in scripts/arrows/rules.mjs"],
    ['packages/core/src/index.ts', "import { a } from '../test/a.js'", 1, 'sources import only sources'],
    ['packages/storage-mongo/src/a.ts', "import { a } from '@dbjobq/storage-sql'", 1, 'storage-mongo may not build on storage-sql'],
    [
      'packages/storage-mysql/src/a.ts',
      "import { a } from '@dbjobq/storage-conformance'",
      1,
      'storage-mysql may not build on storage-conformance',
    ],
    ['packages/storage-sqlite/src/a.ts', "import knex from 'knex'", 1, 'only storage-sql, storage-postgres, storage-mysql may import knex'],
    ['packages/storage-mysql/src/a.ts', "import pg from 'pg'", 1, 'only storage-postgres may import pg'],
    [
      'packages/storage-sql/src/a.ts',
      "import { a } from '../../core/src/index.js'",
      1,
      'a package is imported by its name, not by a path into it',
    ],
    [
      'examples/a/src/a.ts',
      "import { a } from '../../../packages/core/src/index.js'",
      1,
      'a package is imported by its name, not by a path into it',
    ],
  ])('catch what %s may not do: %s', (file, text, line, rule) => {
    const target = /'([^']+)'/.exec(text)?.[1] ?? ''
    expect(wrongIn({ [file]: text })).toEqual([`${file}:${String(line)} ${target}: ${rule}`])
  })

  it('catch a package that imports an example', () => {
    const files = { 'examples/a/package.json': '{"name":"example-a"}', 'packages/core/src/index.ts': "import 'example-a'" }
    expect(wrongIn(files)).toEqual(['packages/core/src/index.ts:1 example-a: a package never imports an example or the bench'])
  })

  it.each([
    ['storage-mongo', 'dependencies', '@dbjobq/storage-sql', 'storage-mongo may not build on storage-sql'],
    ['storage-mysql', 'peerDependencies', '@dbjobq/storage-conformance', 'storage-mysql may not build on storage-conformance'],
    ['core', 'devDependencies', 'pg', 'core knows no driver, and so not pg'],
    ['storage-sqlite', 'dependencies', 'knex', 'only storage-sql, storage-postgres, storage-mysql may depend on knex'],
    ['unknown', 'dependencies', 'ms', 'unknown has no arrows in scripts/arrows/rules.mjs'],
  ])('catch what %s may not have among its %s: %s', (name, kind, library, rule) => {
    const file = `packages/${name}/package.json`
    expect(wrongIn({ [file]: `{\n"${kind}": {\n"${library}": "1" } }` })).toEqual([`${file}:3 ${library}: ${rule}`])
  })

  it('let pass the conformance suite among the devDependencies of a storage', () => {
    expect(
      wrongIn({ 'packages/storage-mongo/package.json': '{"devDependencies":{"@dbjobq/storage-conformance":"1","@dbjobq/core":"1"}}' }),
    ).toEqual([])
  })
})
