// @ts-check
// What keeper.test.mjs kills: it has a "server" started, prints its process id and data folder, and waits.
import { setTimeout as pause } from 'node:timers/promises'
import { prepareHome } from './home.mjs'
import { startKeeper } from './keep.mjs'

prepareHome()
const keeper = startKeeper()
process.on('SIGTERM', () => void keeper.stop().then(() => process.exit()))
const folder = keeper.makeFolder('data')
const server = keeper.start({ name: 'server', command: '/bin/sh', args: ['-c', 'echo pid $$; exec sleep 1000'] })
for (let pid; pid === undefined; await pause(20)) {
  pid = /pid (\d+)/.exec(server.log())?.[1]
  if (pid) console.log(JSON.stringify({ pid: Number(pid), folder }))
}
