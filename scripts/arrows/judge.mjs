// @ts-check
import { posix } from 'node:path'
import { arrows, coreFolders, drivers, testArrows } from './rules.mjs'

/** @typedef {{ area: string, name: string, part: string, folder: string }} Place e.g. packages, core, src, model */

/**
 * @param {string} file relative to the root, with slashes
 * @returns {Place}
 */
function placeOf(file) {
  const [area = '', name = '', part = '', folder = '', ...rest] = file.split('/')
  return { area, name, part, folder: rest.length > 0 ? folder : '' }
}

/** @param {Place} place */
const isSource = (place) => place.part === 'src'

/**
 * @param {string} name of a package
 * @param {string} wanted
 * @param {boolean} inTests
 */
function mayBuildOn(name, wanted, inTests) {
  return [...(arrows[name] ?? []), ...(inTests ? [name, ...testArrows(name)] : [])].includes(wanted)
}

/**
 * The rule that an import breaks, or undefined.
 * @param {string} file relative to the root, with slashes
 * @param {string} specifier
 * @param {Set<string>} programs names of the packages under examples/ and bench/
 * @returns {string | undefined}
 */
export function judgeImport(file, specifier, programs) {
  const place = placeOf(file)
  if (specifier.startsWith('.')) return judgePath(place, placeOf(posix.join(posix.dirname(file), specifier)))
  if (place.area !== 'packages') return undefined
  const [scope = '', second = ''] = specifier.split('/')
  const library = scope.startsWith('@') ? `${scope}/${second}` : scope
  if (programs.has(library)) return 'a package never imports an example or the bench'
  if (scope === '@dbjobq') return mayBuildOn(place.name, second, !isSource(place)) ? undefined : `${place.name} may not build on ${second}`
  const users = drivers[library]
  if (users && place.name === 'core') return `core knows no driver, and so not ${library}`
  if (users && isSource(place) && !users.includes(place.name)) return `only ${users.join(', ')} may import ${library}`
  const rule = place.name === 'core' && isSource(place) ? coreFolders[place.folder] : undefined
  if (rule?.others && !rule.others.includes(specifier)) return `core's ${place.folder}/ imports only from ${rule.folders.join('/, ')}/`
  return undefined
}

/**
 * @param {Place} from
 * @param {Place} to
 */
function judgePath(from, to) {
  if (from.area !== to.area || from.name !== to.name) return 'a package is imported by its name, not by a path into it'
  if (isSource(from) && !isSource(to)) return 'sources import only sources'
  if (from.area !== 'packages' || from.name !== 'core' || !isSource(from) || from.folder === '') return undefined
  const rule = coreFolders[from.folder]
  if (!rule) return `core's ${from.folder}/ has no rule in scripts/arrows/rules.mjs`
  return rule.folders.includes(to.folder) ? undefined : `core's ${from.folder}/ imports only from ${rule.folders.join('/, ')}/`
}

/**
 * The rule that a dependency breaks, or undefined.
 * @param {string} file a package.json relative to the root
 * @param {string} library
 * @param {boolean} isDevelopment
 * @returns {string | undefined}
 */
export function judgeDependency(file, library, isDevelopment) {
  const { area, name } = placeOf(file)
  if (area !== 'packages') return undefined
  if (!arrows[name]) return `${name} has no arrows in scripts/arrows/rules.mjs`
  if (library.startsWith('@dbjobq/')) {
    const wanted = library.slice('@dbjobq/'.length)
    return mayBuildOn(name, wanted, isDevelopment) ? undefined : `${name} may not build on ${wanted}`
  }
  const users = drivers[library]
  if (users && name === 'core') return `core knows no driver, and so not ${library}`
  return users && !isDevelopment && !users.includes(name) ? `only ${users.join(', ')} may depend on ${library}` : undefined
}
