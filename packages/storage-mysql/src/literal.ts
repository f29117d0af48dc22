import type { Value } from './connection.js'

/**
 * A value as text of a statement. What sql_mode could read in two ways (a quote, a backslash) goes as hexadecimal digits, so nothing is
 * ever escaped.
 */
export function literal(value: Value): string {
  if (value === null) return 'null'
  if (typeof value === 'number') return String(value)
  return /['\\]/.test(value) ? `_utf8mb4 x'${Buffer.from(value).toString('hex')}'` : `'${value}'`
}
