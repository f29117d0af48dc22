// @ts-check
// Fails where an import or a dependency goes against the arrows between packages and inside core (arrows/rules.mjs).
import { findWrongArrows } from './arrows/find-wrong-arrows.mjs'
import { root } from './run.mjs'

const { looked, wrong } = findWrongArrows(root)
for (const { file, line, target, rule } of wrong) console.error(`${file}:${String(line)}  ${target}\n    ${rule}`)
console.log(`${String(looked)} imports and dependencies, ${String(wrong.length)} against the arrows`)
process.exitCode = wrong.length > 0 || looked === 0 ? 1 : 0
