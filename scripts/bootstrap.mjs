// @ts-check
// `npm test` and `npm run quickstart` on a fresh clone: brings Node and pnpm from npm where they are missing, installs from the frozen
// lockfile, then runs a script of package.json. The only file here that must run on Node 18, since it is what finds a newer one.
//   node scripts/bootstrap.mjs <script> [args...]          DBJOBQ_NODE=22.23.3 chooses another Node
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** @type {{ packageManager: string }} */
const { packageManager } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
const ownNode =
  Number(process.versions.node.split('.')[0]) >= 22 ? undefined : readFileSync(new URL('../.node-version', import.meta.url), 'utf8').trim()
const wantedNode = process.env.DBJOBQ_NODE ?? ownNode

/** @typedef {{ code: number | null, signal: NodeJS.Signals | null, output: string }} Ending */

/**
 * Runs one program to its end; a signal that arrives meanwhile is handed on and the program decides what it does with it.
 * @param {string} command
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 * @param {'inherit' | 'pipe'} stdout
 * @returns {Promise<Ending>}
 */
function run(command, args, env, stdout = 'inherit') {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['inherit', stdout, 'inherit'] })
    let output = ''
    child.stdout?.setEncoding('utf8').on('data', (text) => (output += text))
    /** @param {NodeJS.Signals} signal */
    const handOn = (signal) => {
      // A terminal sends Ctrl-C to every process in front of it: handed on as well, it would count as the second, impatient one.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])
    for (const signal of signals) process.on(signal, handOn)
    child.once('error', reject)
    child.once('close', (code, signal) => {
      for (const name of signals) process.off(name, handOn)
      resolve({ code, signal, output })
    })
  })
}

/**
 * Ends this process as the program ended.
 * @param {Ending} ending
 */
function endLike({ code, signal }) {
  if (signal) process.kill(process.pid, signal)
  else process.exitCode = code ?? 1
}

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
  const ending = await run('npx', ['-y', ...packages.flatMap((name) => ['-p', name]), '--', 'node', '-p', question], env, 'pipe')
  if (ending.signal || ending.code !== 0) throw Object.assign(new Error(`npm could not bring ${packages.join(' and ')}`), { ending })
  const [version, path] = JSON.parse(ending.output)
  if (wantedNode && version !== wantedNode)
    throw new Error(`npm brought Node ${version} instead of ${wantedNode}: are install scripts switched off (ignore-scripts)?`)
  return path
}

async function main() {
  const [script, ...args] = process.argv.slice(2)
  if (!script) throw new Error('usage: node scripts/bootstrap.mjs <script of package.json> [args...]')
  const env = { ...process.env, PATH: await pathWithTools(), TURBO_TELEMETRY_DISABLED: '1' }
  const installed = await run('pnpm', ['install', '--frozen-lockfile'], env)
  if (installed.signal || installed.code !== 0) return endLike(installed)
  // silent: else pnpm adds a line of its own below the result of a failed run
  endLike(await run('pnpm', ['--silent', 'run', script, ...args], env))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  endLike(/** @type {{ ending?: Ending }} */ (error).ending ?? { code: 1, signal: null, output: '' })
}
