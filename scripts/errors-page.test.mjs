// @ts-check
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from './run.mjs'

it('docs/errors.md says of every error code what to do', () => {
  const source = readFileSync(join(root, 'packages/core/src/model/errors.ts'), 'utf8')
  const page = readFileSync(join(root, 'docs/errors.md'), 'utf8')
  const codes = [...source.matchAll(/^ {2}\| '([A-Z_]+)'/gm)].map(([, code = '']) => code)
  const rows = [...page.matchAll(/^\| `([A-Z_]+)`/gm)].map(([, code = '']) => code)
  expect(codes.length).toBeGreaterThan(30)
  expect(rows.toSorted()).toEqual(codes.toSorted())
})
