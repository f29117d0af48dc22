// @ts-check
import { families } from '../targets.mjs'

/**
 * One database that suites run on: a server that we start, one that the user named by a URL, or none where it lives in the process.
 * @typedef {object} Target
 * @property {string} name
 * @property {import('../servers/catalog.mjs').ServerName} [server]
 * @property {string} [url] the user's own
 * @property {import('../targets.mjs').Suite[]} suites
 */

/**
 * The families that the command line names: all, or those of `--only a,b`.
 * @param {string[]} args
 * @returns {string[]}
 */
export function readOnly(args) {
  const all = Object.keys(families)
  /** @type {string[]} */
  const only = []
  for (let rest = args; rest.length > 0;) {
    const [option = '', value = '', ...others] = rest
    const [, joined] = /^--only=(.*)$/.exec(option) ?? []
    if (joined === undefined && option !== '--only') throw new Error(`unknown argument ${option}; known: --only ${all.join(',')}`)
    only.push(...(joined ?? value).split(',').map((name) => name.trim()))
    rest = joined === undefined ? others : rest.slice(1)
  }
  const unknown = only.filter((name) => !all.includes(name))
  if (unknown.length > 0)
    throw new Error(`--only does not know ${unknown.map((name) => name || "''").join(', ')}; valid are ${all.join(', ')}`)
  return only.length > 0 ? all.filter((name) => only.includes(name)) : all
}

/**
 * @param {string[]} names of families
 * @param {NodeJS.ProcessEnv} environment
 * @returns {Target[]}
 */
export function chooseTargets(names, environment) {
  return names.flatMap((name) => {
    const { ownUrl = '', servers, suites } = families[name] ?? { suites: [] }
    const url = environment[ownUrl]
    if (url) return [{ name: `${name} (${ownUrl})`, url, suites }]
    if (!servers) return [{ name, suites }]
    // An example shows a family; what differs between its servers is for the storage's own suite.
    return servers.map((server, index) => ({
      name: server,
      server,
      suites: index === 0 ? suites : suites.filter(({ path }) => !path.startsWith('examples/')),
    }))
  })
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
