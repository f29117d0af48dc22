import { inspect } from 'node:util'
import type { AnyStorage } from '../case.js'
import type { WriteEntry } from './ledger.js'
import type { Place, Role } from './place.js'
import type { Plan } from './plan.js'
import { Random } from '../random.js'
import { RecordedStorage } from './recorded-storage.js'
import { roles } from './roles/index.js'

/** What one process does, from opened storages to closed ones. */
export class Group {
  readonly #plan: Plan
  readonly #index: number
  readonly #storages: AnyStorage[]
  /** The roles that have not ended. */
  readonly running = new Set<string>()

  private constructor(plan: Plan, index: number, storages: AnyStorage[]) {
    this.#plan = plan
    this.#index = index
    this.#storages = storages
  }

  static async open(plan: Plan, index: number, open: () => Promise<AnyStorage>): Promise<Group> {
    const storages = await Promise.all(Array.from({ length: plan.connections }, open))
    await Promise.all(storages.map((storage) => storage.describe()))
    return new Group(plan, index, storages)
  }

  /** Ends when all roles ended, early when one of them failed; answers false then, and the ledger tells why. */
  async run(write: WriteEntry, allDone: AbortSignal, onProduced: () => void): Promise<boolean> {
    const { worker, finishing, producing } = roles
    const failure = new AbortController()
    const done = AbortSignal.any([allDone, failure.signal])
    const produced = AbortSignal.any([done, AbortSignal.timeout(this.#plan.seconds * 1_000)])
    const start = async (name: string, role: Role, connection: number, until: AbortSignal) => {
      const succeeded = await this.#run(name, role, connection, write, until)
      if (!succeeded) failure.abort()
      return succeeded
    }
    const runs = [
      ...this.#storages.map((_, connection) => start(`worker-${connection}`, worker, connection, done)),
      ...Object.entries(finishing).map(([name, role], order) => start(name, role, order, done)),
    ]
    const producers = Object.entries(producing).map(([name, role], order) => start(name, role, order, produced))
    void Promise.all(producers).then(onProduced)
    return (await Promise.all([...runs, ...producers])).every(Boolean)
  }

  async close(): Promise<void> {
    await Promise.all(this.#storages.map((storage) => storage.close()))
  }

  async #run(role: string, run: Role, connection: number, write: WriteEntry, until: AbortSignal): Promise<boolean> {
    const storage = this.#storages[connection % this.#storages.length]
    if (!storage) throw new Error('a plan needs at least one connection')
    const name = `${role}@${this.#index}`
    const place: Place = { store: new RecordedStorage(storage, write), random: new Random(this.#plan.seed ^ seedOf(name)), name, until }
    this.running.add(name)
    try {
      await run(place)
      return true
    } catch (error) {
      write({ kind: 'error', message: `${name}: ${inspect(error, { depth: 3 })}` })
      return false
    } finally {
      this.running.delete(name)
    }
  }
}

function seedOf(name: string): number {
  return Buffer.from(name).reduce((sum, byte) => Math.imul(sum, 31) + byte, 7)
}
