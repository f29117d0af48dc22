import type fc from 'fast-check'
import type { Pair } from './pair.js'

/** One operation: plain arguments that fast-check shrinks and prints, and what to do with them on both sides. */
export interface StepKind<Arguments> {
  arguments: fc.Arbitrary<Arguments>
  run(pair: Pair, given: Arguments): Promise<void>
}

export function stepKind<Arguments>(
  args: fc.Arbitrary<Arguments>,
  run: (pair: Pair, given: Arguments) => Promise<void>,
): StepKind<Arguments> {
  return { arguments: args, run }
}
