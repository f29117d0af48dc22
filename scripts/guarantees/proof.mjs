// @ts-check

const isId = /^[a-z-]+\/[a-z0-9-]+$/

/**
 * Whether a test of this full title (groups, then its own) is what the proof names.
 * @param {string} proof
 * @param {string} title
 */
export function isProvedBy(proof, title) {
  if (proof.endsWith(' …'))
    return isId.test(proof.slice(0, -2)) ? idOf(title).startsWith(proof.slice(0, -2)) : title.startsWith(proof.slice(0, -2))
  return isId.test(proof) ? idOf(title) === proof : title === proof
}

/**
 * `claim-jobs claim-jobs/race: a storage …`
 * @param {string} title
 */
function idOf(title) {
  return /^\S+ ([a-z-]+\/[a-z0-9-]+): /.exec(title)?.[1] ?? ''
}
