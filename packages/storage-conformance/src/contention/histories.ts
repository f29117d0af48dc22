import type { BornJob, CancelEntry, ClaimEntry, DeleteEntry, Entry, SettleEntry, Span } from './ledger.js'

/** All that the ledgers tell of one job. */
export interface History {
  id: string
  /** Absent: nobody is known to have made it. */
  born?: BornJob & Span
  claims: ClaimEntry[]
  settles: SettleEntry[]
  cancels: CancelEntry[]
  deletes: DeleteEntry[]
}

export function historiesOf(entries: Entry[]): Map<string, History> {
  const histories = new Map<string, History>()
  const of = (id: string): History => {
    const known = histories.get(id) ?? { id, claims: [], settles: [], cancels: [], deletes: [] }
    histories.set(id, known)
    return known
  }
  for (const entry of entries) {
    if (entry.kind === 'insert' && entry.answer.inserted) of(entry.job.id).born = { ...entry.job, ...span(entry) }
    else if (entry.kind === 'tick' && entry.written) of(entry.job.id).born = { ...entry.job, ...span(entry) }
    else if (entry.kind === 'claim') of(entry.id).claims.push(entry)
    else if (entry.kind === 'settle') of(entry.id).settles.push(entry)
    else if (entry.kind === 'cancel' && entry.answer === 'updated') of(entry.id).cancels.push(entry)
    else if (entry.kind === 'delete') of(entry.id).deletes.push(entry)
  }
  for (const { claims, settles } of [...histories.values()]) {
    for (const settle of claims.map((claim) => endingOf(claim, settles))) {
      for (const followUp of settle?.followUps ?? []) of(followUp.id).born = { ...followUp, ...span(settle as Span) }
    }
  }
  return histories
}

/** The settlement that ended the claim. Of owner and rescue the one that came late is told `lost`; an owner's repeated call is not. */
export function endingOf({ claimId }: ClaimEntry, settles: SettleEntry[]): SettleEntry | undefined {
  return settles.find((settle) => settle.claimId === claimId && settle.answer === 'settled')
}

export function isFinal({ status }: SettleEntry): boolean {
  return status !== 'scheduled' && status !== 'pending'
}

function span({ begun, ended }: Span): Span {
  return { begun, ended }
}
