// @ts-check
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

const owner = fileURLToPath(new URL('keeper-test-owner.mjs', import.meta.url))

/** @param {number} pid */
function isAlive(pid) {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('the keeper of servers', () => {
  let home = ''
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'keeper-'))
    chmodSync(home, 0o755)
  })
  afterEach(() => {
    rmSync(home, { recursive: true, force: true })
  })

  async function startOwner() {
    const env = { ...process.env, DBJOBQ_SERVICES: join(home, 'services') }
    const child = spawn(process.execPath, [owner], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data')
    /** @type {{ pid: number, folder: string }} */
    const server = JSON.parse(said)
    return { owner: child, server }
  }

  it.each(/** @type {const} */ (['SIGKILL', 'SIGTERM']))(
    'ends them and removes their data when their owner gets %s',
    async (signal) => {
      const started = await startOwner()
      expect([isAlive(started.server.pid), existsSync(started.server.folder)]).toEqual([true, true])
      started.owner.kill(signal)
      await vi.waitFor(() => expect([isAlive(started.server.pid), existsSync(started.server.folder)]).toEqual([false, false]), {
        timeout: 10_000,
        interval: 50,
      })
    },
    20_000,
  )
})
