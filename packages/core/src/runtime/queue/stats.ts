import type { Count, CountDimension, JobStatus } from '../../model/storage.js'

export interface Stats {
  byStatus: Record<JobStatus, number>
  /** Grouped by what was asked for. */
  counts: Count[]
  /** False: some status has more jobs than were counted. */
  complete: boolean
}

export function toStats(by: CountDimension[], { counts, complete }: { counts: Count[]; complete: boolean }): Stats {
  const byStatus: Record<JobStatus, number> = { scheduled: 0, pending: 0, running: 0, completed: 0, failed: 0, cancelled: 0 }
  for (const { status, count } of counts) if (status !== undefined) byStatus[status] += count
  return { byStatus, counts: by.includes('status') ? counts : withoutStatus(counts), complete }
}

function withoutStatus(counts: Count[]): Count[] {
  const groups = Map.groupBy(counts, ({ status: _, count: __, oldestRunAt: ___, ...group }) => JSON.stringify(group))
  return [...groups].map(([group, members]) => ({
    ...(JSON.parse(group) as Partial<Count>),
    count: members.reduce((sum, member) => sum + member.count, 0),
    oldestRunAt: members.reduce<number | null>((oldest, { oldestRunAt }) => earliest(oldest, oldestRunAt), null),
  }))
}

function earliest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b)
}
