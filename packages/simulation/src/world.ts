import { JobQueue, Worker, type JobStorage } from '@dbjobq/core'
import { MemoryDatabase, MemoryStorage } from '@dbjobq/core/memory'
import { Random } from '@dbjobq/storage-conformance/random'
import { audit } from './audit.js'
import { enter, epoch } from './install.js'
import { handlersOf } from './jobs.js'
import { Ledger } from './ledger.js'
import { Network } from './network.js'
import type { Plan } from './plan.js'
import { produce, resumeAll, upsertSchedules } from './producer.js'
import { SimProcess } from './sim-process.js'
import { Tormentor } from './tormentor.js'
import { VirtualTime } from './virtual-time.js'
import { isFinal, Watch } from './watch.js'

/** After the last cruelty all must have ended by then, virtual ms: leases, retries and the longest rest of a loop are far shorter. */
const healedFor = 1_800_000

/** Calls that change no job. */
const reading = /^(?:find|count|describe|heartbeat|serverTime|send)/

export interface Outcome {
  seed: number
  steps: number
  /** Virtual ms. */
  duration: number
  jobs: number
  runs: number
  /** Of all steps in their order: the same seed has the same. */
  digest: number
}

interface WorldOptions {
  /** Told of all that happens to the store and to the processes, to follow one seed. */
  trace?: ((line: string) => void) | undefined
  /** Puts something wrong in the place of the storage. */
  breakStorage?: ((storage: JobStorage, tables: MemoryDatabase['tables']) => JobStorage) | undefined
}

/** One simulated world: processes with queues and workers on one store, a network between, and what befalls them. */
export class World {
  readonly #plan: Plan
  readonly #serverNow = (): number => Math.floor(epoch + this.#time.now)
  readonly #random: Random
  readonly #time: VirtualTime
  readonly #database = new MemoryDatabase()
  readonly #network: Network
  readonly #ledger = new Ledger()
  readonly #watch: Watch
  readonly #processes: SimProcess[] = []
  /** What code of a process threw though nothing may. */
  readonly #escaped: string[] = []
  readonly #trace: WorldOptions['trace']
  readonly #breakStorage: WorldOptions['breakStorage']
  #isDirty = false
  #digest = 0
  #names = 0

  constructor(plan: Plan, { trace, breakStorage }: WorldOptions = {}) {
    this.#plan = plan
    this.#breakStorage = breakStorage
    this.#trace = trace && ((line) => trace(`${(this.#time.now / 1_000).toFixed(4)} ${line}`))
    this.#random = new Random(plan.seed)
    this.#time = new VirtualTime(this.#random)
    enter({ time: this.#time, random: this.#random, skewOf: (owner) => (owner instanceof SimProcess ? owner.skew : 0) })
    this.#network = new Network({
      time: this.#time,
      random: this.#random,
      plan,
      onArrived: (process, member) => {
        this.#isDirty ||= !reading.test(member)
        this.#trace?.(`${process.name} ${member}`)
      },
    })
    this.#watch = new Watch({
      rows: this.#database.tables.jobs,
      ledger: this.#ledger,
      time: this.#time,
      now: this.#serverNow,
      trace: this.#trace,
    })
  }

  /** @throws Error what was wrong, and at which step */
  async run(): Promise<Outcome> {
    try {
      await this.#live()
      await this.#heal()
      const problems = audit(this.#watch.ends(), this.#ledger, this.#plan)
      if (problems.length > 0) throw new Error(problems.slice(0, 10).join('\n'))
    } catch (error) {
      const { steps, now } = this.#time
      throw new Error(`seed ${this.#plan.seed}, step ${steps}, ${(now / 1_000).toFixed(3)} s: ${(error as Error).message}`, {
        cause: error,
      })
    }
    const runs = [...this.#ledger.runs.values()].reduce((sum, { length }) => sum + length, 0)
    const { steps, now } = this.#time
    return { seed: this.#plan.seed, steps, duration: now, jobs: this.#watch.ends().size, runs, digest: this.#digest }
  }

  async #live(): Promise<void> {
    const { workers, duration } = this.#plan
    await this.#finish(new MemoryStorage({ database: this.#database, now: this.#serverNow }).migrate())
    for (let index = 0; index < workers; index++) {
      const process = this.#start()
      if (index === 0) this.#aimAt(process)
    }
    this.#startProducer()
    new Tormentor({
      time: this.#time,
      random: this.#random,
      plan: this.#plan,
      network: this.#network,
      processes: this.#processes,
      trace: this.#trace,
      kill: (process) => this.#kill(process),
      deploy: (process) => this.#deploy(process),
      onProblem: (problem) => this.#escaped.push(problem),
    }).start()
    await this.#until(() => this.#time.now >= duration)
  }

  /** Trouble is over: what is left must end well. */
  async #heal(): Promise<void> {
    this.#network.isHealed = true
    this.#network.outageUntil = 0
    for (const process of this.#processes) {
      process.partitionedUntil = 0
      process.slowUntil = 0
      this.#network.heal(process)
    }
    if (!this.#processes.some((process) => process.isAlive && !process.isStopping && process.worker && process.version === 2)) this.#start()
    // A pause whose answer was lost may have come after its end.
    const operator = this.#birth(2, 'operator')
    this.#time.as(operator, () => this.#guard(resumeAll(this.#open(operator))))
    const end = this.#time.now + healedFor
    const isDone = (): boolean => [...this.#database.tables.jobs.values()].every(({ status }) => isFinal(status))
    await this.#until(() => (this.#time.steps % 64 === 0 && isDone()) || this.#time.now > end)
  }

  /** Steps until `isOver`, and looks after each that touched the store. */
  async #until(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      if (!(await this.#time.step())) throw new Error('nothing is going to happen any more')
      this.#digest = (Math.imul(this.#digest, 31) + Math.floor(this.#time.now * 1_000)) | 0
      if (this.#escaped.length > 0) throw new Error(this.#escaped.join('\n'))
      if (!this.#isDirty) continue
      this.#isDirty = false
      this.#watch.look()
    }
  }

  async #finish(work: Promise<unknown>): Promise<void> {
    let isDone = false
    void work.then(() => (isDone = true))
    this.#time.after(0, () => undefined, undefined)
    await this.#until(() => isDone)
  }

  #open(process: SimProcess): JobQueue {
    const storage = new MemoryStorage({ database: this.#database, now: this.#serverNow })
    const broken = this.#breakStorage?.(storage, this.#database.tables) ?? storage
    const queue = new JobQueue(this.#network.connect(broken, process))
    process.queue = queue
    return queue
  }

  /** A process with a worker. It is started anew until it can reach the store, as a supervisor does. */
  #start(version: 1 | 2 = this.#network.isHealed ? 2 : this.#random.pick([1, 2])): SimProcess {
    const process = this.#birth(version, 'worker')
    this.#time.as(process, () => {
      const { concurrency, lease } = this.#plan
      const jobs = handlersOf({
        process,
        time: this.#time,
        random: this.#random,
        ledger: this.#ledger,
        onBegin: ({ id }) => this.#judgeBegin(id, process),
        exit: () => this.#kill(process),
      })
      const worker = new Worker(this.#open(process), { jobs, concurrency, lease, shutdownTimeout: 5_000 })
      process.worker = worker
      worker.on('trouble', () => undefined)
      worker.on('blocked', () => undefined)
      worker.on('leaseLost', ({ id }) => this.#ledger.lost.add(`${process.name} ${id}`))
      worker.start().catch(() => this.#replace(process))
    })
    return process
  }

  #birth(version: 1 | 2, role: string): SimProcess {
    const process = new SimProcess(`${role}-${++this.#names}`, version)
    process.skew = (this.#random.next() * 2 - 1) * this.#plan.skew
    this.#processes.push(process)
    return process
  }

  #aimAt(process: SimProcess): void {
    const { aim, lease } = this.#plan
    if (!aim) return
    process.isAimedAt = true
    process.onStep = () => {
      if (++process.steps !== aim.at) return
      if (aim.blow === 'kill') this.#kill(process)
      if (aim.blow === 'freeze') process.freeze(this.#time.now + 2 * lease)
    }
  }

  #startProducer(): void {
    const process = this.#birth(2, 'producer')
    this.#time.as(process, () => {
      const queue = this.#open(process)
      const place = { queue, ledger: this.#ledger, random: this.#random, plan: this.#plan, rows: this.#database.tables.jobs }
      this.#guard(upsertSchedules(place))
      this.#guard(produce(place))
    })
  }

  /** A handler begins: the job must be this process's, and nobody else's. */
  #judgeBegin(id: string, process: SimProcess): void {
    const row = this.#database.tables.jobs.get(id)
    this.#trace?.(`${process.name} begins ${id}`)
    const [other] = this.#watch.live(id)
    if (other) this.#escaped.push(`job ${id} began in ${process.name} while ${other.process.name} ran it and trusted its lease`)
    const isMine = row?.status === 'running' && row.workerId === process.worker?.status().workerId
    if (!isMine) this.#escaped.push(`job ${id} began in ${process.name}, which does not hold it: it is ${row?.status ?? 'gone'}`)
  }

  #guard(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#escaped.push(error instanceof Error ? (error.stack ?? error.message) : String(error)))
  }

  #kill(process: SimProcess): void {
    process.isAlive = false
    this.#replace(process)
  }

  #replace(process: SimProcess): void {
    process.isAlive = false
    if (process.isStopping) return
    this.#time.after(this.#random.next() * 5_000, () => this.#start(), undefined)
  }

  /** The old version is stopped, in good order, while the new one works already. */
  #deploy(old: SimProcess): void {
    old.isStopping = true
    this.#start(2)
    const { worker, queue } = old
    this.#time.as(old, () => {
      const stopping = worker?.stop({ timeout: this.#random.next() * 10_000 }).then(() => queue?.close())
      if (stopping)
        stopping
          .catch(() => undefined)
          .finally(() => (old.isAlive = false))
          .catch(() => undefined)
    })
  }
}
