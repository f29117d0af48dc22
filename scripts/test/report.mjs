// @ts-check

/** @typedef {import('./run-target.mjs').TargetOutcome} TargetOutcome */

/**
 * The end of a run: what failed, the table, and the counts as the last line.
 * @param {TargetOutcome[]} outcomes
 * @param {string[]} otherFailures each counts as one failed
 * @returns {{ text: string, failed: number }}
 */
export function report(outcomes, otherFailures) {
  const failures = [...otherFailures, ...outcomes.flatMap(({ name, failures }) => failures.map((failure) => `${name}: ${failure}`))]
  const rows = outcomes.map(({ name, version, passed, failed, skipped, ms }) =>
    [name, version, passed + (version === 'not run' ? 0 : failed), failed, skipped, `${(ms / 1000).toFixed(1)} s`].map(String),
  )
  /** @param {'passed' | 'failed' | 'skipped'} key */
  const sum = (key) => outcomes.reduce((total, outcome) => total + outcome[key], 0)
  const failed = sum('failed') + otherFailures.length
  const skipped = sum('skipped')
  const counts = `${String(sum('passed'))} passed, ${String(failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ''}`
  const parts = [
    ...failures.map((failure) => `FAILED ${failure}`),
    '',
    ...table([['database', 'version', 'cases run', 'failed', 'skipped', 'time'], ...rows]),
    ...outcomes.flatMap(({ name, left }) => (left.length > 0 ? [`left to --full on ${name}: ${left.join(', ')}`] : [])),
    '',
    counts,
  ]
  return { text: parts.join('\n'), failed }
}

/** @param {string[][]} rows */
function table(rows) {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  '),
  )
}
