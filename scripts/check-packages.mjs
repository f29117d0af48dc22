// @ts-check
// Packs every public package as it would be published and looks at the tarball: publint, and are-the-types-wrong for ESM.
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runQuietly } from './servers/download.mjs'
import { root } from './run.mjs'

/**
 * @param {string} path of the package
 * @returns {Promise<string>} what is wrong, '' for nothing
 */
async function check(path) {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  try {
    await runQuietly('pnpm', ['pack', '--pack-destination', folder], { cwd: join(root, path) })
    const tarball = join(folder, readdirSync(folder)[0] ?? '')
    const bin = join(root, 'node_modules/.bin')
    const checks = [
      runQuietly(join(bin, 'publint'), ['run', '--strict', tarball]),
      runQuietly(join(bin, 'attw'), ['--profile', 'esm-only', tarball]),
    ]
    const results = await Promise.allSettled(checks)
    return results.flatMap((result) => (result.status === 'rejected' ? [printed(result.reason)] : [])).join('\n')
  } catch (error) {
    return printed(error)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** @param {unknown} error */
function printed(error) {
  const { stdout = '', stderr = '', message } = /** @type {{ stdout?: string, stderr?: string, message: string }} */ (error)
  return [message, stdout, stderr].join('\n').trim()
}

const packages = globSync('packages/*/package.json', { cwd: root }).filter(
  (file) => !JSON.parse(readFileSync(join(root, file), 'utf8')).private,
)
for (const file of packages.sort()) {
  const path = file.replace(/.package\.json$/, '')
  const wrong = await check(path)
  console.log(`${path} ${wrong === '' ? 'ok' : 'FAILED'}`)
  if (wrong === '') continue
  console.error(wrong)
  process.exitCode = 1
}
if (packages.length === 0) throw new Error('there is no package to check')
