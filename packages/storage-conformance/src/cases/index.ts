import type { ConformanceCase } from '../case.js'
import { callsCases } from './calls.js'
import { claimJobsCases } from './claim-jobs.js'
import { claimLimitsCases } from './claim-limits.js'
import { claimOrderCases } from './claim-order.js'
import { closeCases } from './close.js'
import { countJobsCases } from './count-jobs.js'
import { deleteJobsCases } from './delete-jobs.js'
import { describeCases } from './describe.js'
import { errorsCases } from './errors.js'
import { findJobsCases } from './find-jobs.js'
import { findOrphansCases } from './find-orphans.js'
import { findStatesCases } from './find-states.js'
import { findWorkersCases } from './find-workers.js'
import { heartbeatCases } from './heartbeat.js'
import { insertFaithfulCases } from './insert-faithful.js'
import { insertJobsCases } from './insert-jobs.js'
import { insertKeysCases } from './insert-keys.js'
import { killedCases } from './killed.js'
import { markJobsCases } from './mark-jobs.js'
import { migrateCases } from './migrate.js'
import { promoteJobsCases } from './promote-jobs.js'
import { pruneJobsCases } from './prune-jobs.js'
import { queueCases } from '../queue/index.js'
import { putStateCases } from './put-state.js'
import { queuesCases } from './queues.js'
import { serverTimeCases } from './server-time.js'
import { settleCancelCases } from './settle-cancel.js'
import { settleFencingCases } from './settle-fencing.js'
import { settleFollowUpsCases } from './settle-follow-ups.js'
import { settleJobsCases } from './settle-jobs.js'
import { syncCases } from './sync.js'
import { transactionCases } from './transaction.js'
import { txConflictsCases } from './tx-conflicts.js'
import { txCases } from './tx.js'
import { updateJobsCases } from './update-jobs.js'
import { wakeupsCases } from './wakeups.js'

/** What the contract asks for, in the order of its members. */
export const contractCases: ConformanceCase[] = [
  callsCases,
  errorsCases,
  txCases,
  txConflictsCases,
  describeCases,
  migrateCases,
  closeCases,
  serverTimeCases,
  insertJobsCases,
  insertFaithfulCases,
  insertKeysCases,
  promoteJobsCases,
  claimJobsCases,
  claimLimitsCases,
  claimOrderCases,
  settleJobsCases,
  settleFencingCases,
  settleCancelCases,
  settleFollowUpsCases,
  markJobsCases,
  updateJobsCases,
  deleteJobsCases,
  pruneJobsCases,
  findJobsCases,
  countJobsCases,
  heartbeatCases,
  findWorkersCases,
  findOrphansCases,
  queuesCases,
  findStatesCases,
  putStateCases,
  wakeupsCases,
  transactionCases,
  syncCases,
  killedCases,
].flat()

export const allCases: ConformanceCase[] = [...contractCases, ...queueCases]

/** Members that look at the schema or change it, and those for which a case needs more than a storage. */
const others = ['errors', 'describe', 'migrate', 'close', 'tx', 'sync', 'queue']
/** Workers, promotion, a schedule and wake-ups. */
const atWork = ['queue/several-workers', 'queue/delayed', 'queue/schedules-tick-once', 'queue/wakeups-enqueued']

/** A case or two of each thing that an application does once the schema is there: for a user of the database who may not change it. */
export const applicationCases: ConformanceCase[] = [
  ...[...Map.groupBy(allCases, ({ id }) => id.split('/')[0] ?? '')].flatMap(([member, cases]) =>
    others.includes(member) ? [] : cases.filter(({ needs = [] }) => !needs.includes('processes')).slice(0, 2),
  ),
  ...allCases.filter(({ id }) => atWork.includes(id)),
]
