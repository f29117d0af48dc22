// @ts-check
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'

/** @typedef {import('./find-snippets.mjs').Page} Page */

/**
 * Answers a compiler that keeps what it read between pages.
 * @param {string} root of the repository, whose packages are built
 * @returns {(page: Page) => { line: number, message: string }[]} what is wrong, by the line of the page
 */
export function pageCompiler(root) {
  const { options } = ts.convertCompilerOptionsFromJson(
    {
      ...JSON.parse(readFileSync(join(root, 'tsconfig.base.json'), 'utf8')).compilerOptions,
      // As in a user's own project, not as packages build: a snippet has no file on the disk.
      ...{ composite: false, declaration: false, declarationMap: false, sourceMap: false, noEmit: true, allowImportingTsExtensions: true },
      ...{ module: 'preserve', moduleResolution: 'bundler', moduleDetection: 'force', verbatimModuleSyntax: false, paths: pathsOf(root) },
    },
    root,
  )
  const disk = ts.createCompilerHost(options)
  /** @type {Map<string, ts.SourceFile | undefined>} */
  const known = new Map()
  return (page) => {
    /** @type {Map<string, string>} */
    const files = new Map(page.snippets.map(({ name, text }) => [join(root, name), text]))
    if (files.size < page.snippets.length) return [{ line: 1, message: 'two snippets of this page have the same name' }]
    files.set(join(root, 'given.ts'), `declare global {\n${page.given}}\n`)
    /** @type {ts.CompilerHost} */
    const host = {
      ...disk,
      fileExists: (path) => files.has(path) || disk.fileExists(path),
      getSourceFile(path, target) {
        const text = files.get(path)
        if (text !== undefined) return ts.createSourceFile(path, text, target)
        if (!known.has(path)) known.set(path, disk.getSourceFile(path, target))
        return known.get(path)
      },
    }
    const program = ts.createProgram([...files.keys()], options, host)
    return ts.getPreEmitDiagnostics(program).map(({ file, start = 0, messageText }) => {
      const snippet = page.snippets.find(({ name }) => file?.fileName === join(root, name))
      const inside = file?.getLineAndCharacterOfPosition(start).line ?? 0
      const message = ts.flattenDiagnosticMessageText(messageText, ' ')
      return snippet ? { line: snippet.line + inside, message } : { line: 1, message: `${file?.fileName ?? ''}: ${message}` }
    })
  }
}

/**
 * Where the packages' own names lead: to their declarations.
 * @param {string} root
 */
function pathsOf(root) {
  const manifests = globSync('packages/*/package.json', { cwd: root })
  return Object.fromEntries(
    manifests.flatMap((manifest) => {
      const { name, exports = {} } = JSON.parse(readFileSync(join(root, manifest), 'utf8'))
      return Object.entries(/** @type {Record<string, { types?: string }>} */ (exports))
        .filter(([, { types }]) => types && existsSync(join(root, dirname(manifest), types)))
        .map(([path, { types = '' }]) => [join(name, path), [join(root, dirname(manifest), types)]])
    }),
  )
}
