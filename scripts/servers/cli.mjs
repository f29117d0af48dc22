// @ts-check
// For work by hand: real servers that run until Ctrl-C.
//   node scripts/servers/cli.mjs start [names...]          prints their URLs as JSON when all are ready; no names: all of them
import { catalog } from './catalog.mjs'
import { startServers } from './index.mjs'

const all = /** @type {import('./catalog.mjs').ServerName[]} */ (Object.keys(catalog))
const [command, ...chosen] = process.argv.slice(2)
const unknown = chosen.filter((name) => !(name in catalog))
if (command !== 'start' || unknown.length > 0) {
  if (unknown.length > 0) console.error(`unknown: ${unknown.join(', ')}`)
  console.error(`usage: node scripts/servers/cli.mjs start [${all.join(' ')}]`)
  process.exit(2)
}

const { servers, stop } = startServers(chosen.length > 0 ? /** @type {typeof all} */ (chosen) : all)
const ready = Promise.all(servers.values())
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => void stop().then(() => process.exit()))
}
for (const server of await ready) {
  if ('error' in server) {
    console.error(`${server.name}: ${server.error.message}`)
    process.exitCode = 1
  } else console.error(`${server.name} ${server.version}, ${String(server.startedInMs)} ms`)
}
const urls = (await ready).flatMap((server) => ('url' in server ? [[server.name, server.url]] : []))
console.log(JSON.stringify(Object.fromEntries(urls), null, 2))
console.error('Ctrl-C ends them')
