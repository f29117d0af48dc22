import { readdir } from 'node:fs/promises'
import { join } from 'node:path'

export function isMarkdown(path: string): boolean {
  return /\.(md|markdown)$/i.test(path)
}

/** The Markdown files below a directory, as paths relative to it, in order. Not looked at: `node_modules`, hidden folders, symbolic links. */
export async function findFiles(directory: string, below = ''): Promise<string[]> {
  const files: string[] = []
  for (const entry of await readdir(join(directory, below), { withFileTypes: true })) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'))
      files.push(...(await findFiles(directory, path)))
    if (entry.isFile() && isMarkdown(path)) files.push(path)
  }
  return files.sort()
}
