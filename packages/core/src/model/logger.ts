/** A logger as pino, bunyan or `console` are: fields first, then the message. */
export interface Logger {
  debug(fields: object, message?: string): void
  info(fields: object, message?: string): void
  warn(fields: object, message?: string): void
  error(fields: object, message?: string): void
  /** Where there is one, it carries the fields of the job; else they are put before those of each line. */
  child?(fields: Record<string, unknown>): Logger
}

/** A logger whose lines all have these fields. */
export function withFields(logger: Logger, fields: Record<string, unknown>): Logger {
  if (logger.child) return logger.child(fields)
  return {
    debug: (own, message) => logger.debug({ ...fields, ...own }, message),
    info: (own, message) => logger.info({ ...fields, ...own }, message),
    warn: (own, message) => logger.warn({ ...fields, ...own }, message),
    error: (own, message) => logger.error({ ...fields, ...own }, message),
  }
}

const nothing = (): void => undefined
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
