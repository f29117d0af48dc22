// @ts-check
// `npm test` and `npm run quickstart` on a fresh clone: brings Node and pnpm from npm where they are missing, installs from the frozen
// lockfile, then runs a file with that Node. This file and run.mjs must run on Node 18, since they are what finds a newer one.
//   node scripts/bootstrap.mjs <file> [args...]          DBJOBQ_NODE=22.23.3 chooses another Node
import { readFileSync } from 'node:fs'
import { endLike, run } from './run.mjs'

/** @type {{ packageManager: string }} */
const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const ownNode =
  Number(process.versions.node.split('.')[0]) >= 22 ? undefined : readFileSync(new URL('../.node-version', import.meta.url), 'utf8').trim()
const wantedNode = process.env.DBJOBQ_NODE ?? ownNode

/** @returns {boolean} whether this already runs under the wanted Node and pnpm, as in `pnpm test` */
function areToolsHere() {
  const [name, version] = packageManager.split('@')
  return !wantedNode && (process.env.npm_config_user_agent ?? '').startsWith(`${name}/${version} `)
}

/**
 * Asks npm for the tools and answers a PATH that has them in front. npm keeps them in its cache, so this is quick from the second time on.
 * @returns {Promise<string | undefined>}
 */
async function pathWithTools() {
  if (areToolsHere()) return process.env.PATH
  const packages = [...(wantedNode ? [`node@${wantedNode}`] : []), packageManager]
  const question = 'JSON.stringify([process.versions.node, process.env.PATH])'
  const env = { ...process.env, npm_config_prefer_offline: 'true' }
  const ending = await run('npx', ['-y', ...packages.flatMap((name) => ['-p', name]), '--', 'node', '-p', question], {
    env,
    stdout: 'pipe',
  })
  if (ending.signal || ending.code !== 0) throw Object.assign(new Error(`npm could not bring ${packages.join(' and ')}`), { ending })
  const [version, path] = JSON.parse(ending.output)
  if (wantedNode && version !== wantedNode)
    throw new Error(`npm brought Node ${version} instead of ${wantedNode}: are install scripts switched off (ignore-scripts)?`)
  return path
}

async function main() {
  const [file, ...args] = process.argv.slice(2)
  if (!file) throw new Error('usage: node scripts/bootstrap.mjs <file> [args...]')
  const env = { ...process.env, PATH: await pathWithTools(), TURBO_TELEMETRY_DISABLED: '1' }
  const installed = await run('pnpm', ['install', '--frozen-lockfile', '--config.confirmModulesPurge=false'], { env })
  if (installed.signal || installed.code !== 0) return endLike(installed)
  // Not through `pnpm run`: that leaves a shell between, which keeps signals to itself, or passes a Ctrl-C on a second time.
  endLike(await run('node', [file, ...args], { env }))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  endLike(/** @type {{ ending?: import('./run.mjs').Ending }} */ (error).ending ?? { code: 1, signal: null, output: '' })
}
