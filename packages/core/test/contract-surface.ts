import { readFileSync } from 'node:fs'
import ts from 'typescript'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** What is frozen: the types, the errors that a storage answers with, and what the comments say. */
export function contractSurface(): string {
  const contract = read('../src/model/storage.ts')
  const errors = ['StorageErrorCode', 'StorageError'].map((name) => declarationOf(read('../src/model/errors.ts'), name))
  return [withoutComments(contract), ...errors, ...commentsOf(contract)].join('\n').trimEnd() + '\n'
}

/** By id, in the order of the contract. */
export function mustIds(contract = read('../src/model/storage.ts')): string[] {
  return [...contract.matchAll(/MUST\(([a-z0-9.-]+)\)/g)].map(([, id = '']) => id).filter((id) => id !== 'id')
}

const printer = ts.createPrinter({ removeComments: true })
const parse = (text: string) => ts.createSourceFile('contract.ts', text, ts.ScriptTarget.Latest, true)

function withoutComments(text: string): string {
  return printer.printFile(parse(text))
}

function declarationOf(text: string, name: string): string {
  const file = parse(text)
  const found = file.statements.find((node) => (ts.isClassDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name?.text === name)
  if (!found) throw new Error(`errors.ts has no ${name}`)
  return `${printer.printNode(ts.EmitHint.Unspecified, found, file)}\n`
}

/** Each on one line, so that only words count, not where they break. */
function commentsOf(text: string): string[] {
  return [...text.matchAll(/\/\*\*(.*?)\*\//gs)].map(([, body = '']) => body.replaceAll(/\s*\n\s*\*\s?/g, ' ').trim())
}
