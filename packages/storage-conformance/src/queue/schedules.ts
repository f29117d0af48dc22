import { badInputCases } from './schedules/bad-input.js'
import { manageCases } from './schedules/manage.js'
import { missedCases } from './schedules/missed.js'
import { tickCases } from './schedules/tick.js'

/** `queue.schedules`, and the workers that enqueue for it. */
export const scheduleCases = [...badInputCases, ...manageCases, ...missedCases, ...tickCases]
