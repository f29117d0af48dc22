// @ts-check
import { parseArgs } from 'node:util'
import { families, longestFirst } from '../targets.mjs'

/** @typedef {import('../targets.mjs').Suite} Suite */
/**
 * One database that suites run on: a server that we start, one that the user named by a URL, or none where it lives in the process.
 * @typedef {object} Target
 * @property {string} name
 * @property {import('../servers/catalog.mjs').ServerName} [server]
 * @property {string} [url] the user's own
 * @property {Suite[]} suites
 * @property {string[]} left what `--full` runs there besides
 * @property {boolean} [isSecond] of its family, without `--full`
 */

/**
 * What the command line asks for.
 * @param {string[]} args
 * @returns {{ names: string[], full: boolean }} names of families: all, or those of `--only a,b`
 */
export function readArguments(args) {
  const all = Object.keys(families)
  const { values } = parseArgs({ args, options: { only: { type: 'string', multiple: true }, full: { type: 'boolean', default: false } } })
  const only = values.only?.flatMap((names) => names.split(',').map((name) => name.trim())) ?? all
  const unknown = only.filter((name) => !all.includes(name))
  if (unknown.length > 0)
    throw new Error(`--only does not know ${unknown.map((name) => name || "''").join(', ')}; valid are ${all.join(', ')}`)
  return { names: all.filter((name) => only.includes(name)), full: values.full }
}

/**
 * @param {string[]} names of families
 * @param {NodeJS.ProcessEnv} environment
 * @param {boolean} [full] every suite on every server
 * @returns {Target[]}
 */
export function chooseTargets(names, environment, full = false) {
  return names
    .flatMap((name) => targetsOf(name, environment, full))
    .sort((one, other) => longestFirst.indexOf(one.name) - longestFirst.indexOf(other.name))
}

/**
 * @param {string} name
 * @param {NodeJS.ProcessEnv} environment
 * @param {boolean} full
 * @returns {Target[]}
 */
function targetsOf(name, environment, full) {
  const { ownUrl = '', servers, suites } = families[name] ?? { suites: [] }
  const url = environment[ownUrl]
  if (url) return [{ name: `${name} (${ownUrl})`, url, ...chooseSuites(suites, full) }]
  if (!servers) return [{ name, ...chooseSuites(suites, full) }]
  return servers.map((server, index) => {
    const isSecond = index > 0 && !full
    return { name: server, server, isSecond, ...chooseSuites(isSecond ? suites.map(onSecond) : suites, full) }
  })
}

/** The examples and the failure lab show a family; what differs between its servers is for the storage's own suite. @param {Suite} suite @returns {Suite} */
const onSecond = ({ second, ...suite }) => ({ ...suite, ...(second ?? { full: true }) })

/** @param {Suite[]} all @param {boolean} isFull @returns {Pick<Target, 'suites' | 'left'>} */
function chooseSuites(all, isFull) {
  const suites = isFull ? all.map((suite) => ({ ...suite, full: false, without: [] })) : all
  const chosen = suites.filter(({ full }) => !full)
  const files = chosen.flatMap(({ path, without = [] }) => without.map((file) => `${path}/${file}`))
  return { suites: chosen, left: [...suites.filter(({ full }) => full).map(({ path }) => path), ...files] }
}

/**
 * The environment of a suite: no database is named in it but the one that it is to run on.
 * @param {NodeJS.ProcessEnv} environment
 * @param {string | undefined} variable
 * @param {string | undefined} url
 */
export function suiteEnvironment(environment, variable, url) {
  const named = new Set(Object.values(families).flatMap(({ ownUrl, suites }) => [ownUrl, ...suites.map((suite) => suite.variable)]))
  const rest = Object.fromEntries(Object.entries(environment).filter(([name]) => !named.has(name)))
  return variable && url ? { ...rest, [variable]: url } : rest
}
