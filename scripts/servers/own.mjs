// @ts-check
// A server of a test's own, to be killed: prints its URL on a line once it answers, then does what it is told by lines on its standard
// input, and prints `done` after each. It ends, with its data, when its input does.
//   node scripts/servers/own.mjs <name>
//     kill     kill -9
//     start    again, on the same port and data
import { createInterface } from 'node:readline'
import { catalog } from './catalog.mjs'
import { startServers } from './index.mjs'

const name = /** @type {import('./catalog.mjs').ServerName} */ (process.argv[2])
if (!(name in catalog)) throw new Error(`unknown server ${name}; known: ${Object.keys(catalog).join(', ')}`)

const { servers, stop } = startServers([name])
const server = await servers.get(name)
if (!server || 'error' in server) {
  await stop()
  throw server?.error
}
console.log(server.url)
for await (const line of createInterface({ input: process.stdin })) {
  await (line === 'kill' ? server.kill() : server.startAgain())
  console.log('done')
}
await stop()
