/** What becomes of one call to the store. Without anything in it the call is made and answered at once. */
export interface CallFate {
  /** ms on the way to the store, default 0; `Infinity`: it never gets there, and the caller hears nothing. */
  there?: number
  /** ms of the answer on its way back, default 0; `Infinity`: the caller never hears it. */
  back?: number
  /**
   * - `refused`: no connection. Nothing is sent, and the caller knows it.
   * - `answerLost`: the store does it, the caller is told that the connection broke.
   * - `overtaken`: the caller is told after `back` ms that the call took too long; the store does it after `there` ms, so perhaps later still.
   */
  fails?: 'refused' | 'answerLost' | 'overtaken'
}

/** Decides call by call. `member` is the name of the contract's member. */
export type FateOf = (member: string) => CallFate
