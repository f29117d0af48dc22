import type {
  BeganLine,
  CancelLine,
  CrueltyLine,
  EndedLine,
  EnqueuedLine,
  FollowUpLine,
  LostLine,
  RowLine,
  Settled,
  SettledLine,
  StuckLine,
} from './line.js'

export type JobLine =
  BeganLine | EndedLine | SettledLine | LostLine | StuckLine | EnqueuedLine | CancelLine | CrueltyLine | RowLine | FollowUpLine

export interface Run extends BeganLine {
  ended?: EndedLine
  /** What its worker heard became of it; absent: it never heard. */
  settled?: Settled
  isLost: boolean
  isStuck: boolean
}

/** All that is known of one job. */
export interface History {
  id: string
  /** Acknowledged as new. */
  enqueued?: EnqueuedLine
  /** Answered to somebody whose key it held. */
  isNamed: boolean
  isCancelAsked: boolean
  runs: Run[]
  /** Final statuses, as often as one was told to be written. */
  finals: Settled[]
  followUps: number
  row?: RowLine
}

const finals: Settled[] = ['completed', 'failed', 'cancelled']

/** `lines`: those of each process in the order it wrote them. */
export function historiesOf(lines: Iterable<JobLine>): History[] {
  const histories = new Map<string, History>()
  for (const line of lines) {
    const history = histories.get(line.id) ?? { id: line.id, isNamed: false, isCancelAsked: false, runs: [], finals: [], followUps: 0 }
    histories.set(line.id, history)
    add(history, line)
  }
  return [...histories.values()]
}

function add(history: History, line: JobLine): void {
  switch (line.kind) {
    case 'began':
      history.runs.push({ ...line, isLost: false, isStuck: false })
      break
    case 'ended': {
      const run = history.runs.find(({ run }) => run === line.run)
      if (run) run.ended = line
      break
    }
    case 'settled': {
      const run = openRun(history, line)
      if (run) run.settled = line.outcome
      if (finals.includes(line.outcome)) history.finals.push(line.outcome)
      break
    }
    case 'lost': {
      const run = openRun(history, line)
      if (run) run.isLost = true
      break
    }
    case 'stuck': {
      const run = openRun(history, line)
      if (run) run.isStuck = true
      break
    }
    case 'enqueued':
      if (line.outcome === 'enqueued') history.enqueued = line
      else history.isNamed = true
      break
    case 'cancel':
      history.isCancelAsked = true
      break
    case 'row':
      history.row = line
      break
    case 'followUp':
      history.followUps++
      break
    case 'cruelty':
    // For whoever reads the ledger.
  }
}

/**
 * What a worker hears of a job is of the first of its runs that it heard nothing of yet: it may have begun the next one meanwhile.
 * None: the job was rescued from another process, or given back before it ran.
 */
function openRun({ runs }: History, { by, attempt }: SettledLine | LostLine | StuckLine): Run | undefined {
  return runs.find((run) => run.by === by && run.attempt === attempt && run.settled === undefined && !run.isLost)
}
