// @ts-check
import { claims } from './claims.mjs'
import { crashes } from './crashes.mjs'
import { databases } from './databases.mjs'
import { enqueueing } from './enqueueing.mjs'
import { operations } from './operations.mjs'
import { payloads } from './payloads.mjs'
import { runtime } from './runtime.mjs'
import { times } from './times.mjs'

/** Every case of the test plan, in its order. */
export const chapters = [claims, crashes, databases, enqueueing, payloads, times, runtime, operations]
