import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type ts from 'typescript'
import { parseText } from '../../engine/purity/source.ts'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Folders of the product, from the one that all others know to the one that nobody knows. */
export const LAYERS = ['core', 'recorders', 'live-bridge', 'engine', 'notebooks'] as const

/** Folders that serve the product and are known to none of it. */
const AROUND = ['test', 'bench', 'docs']
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'runs', '.cache'])

/** Paths, from the root and with slashes, of every TypeScript file in a folder. */
export function filesOf(folder: string): string[] {
  const path = join(ROOT, folder)
  if (!existsSync(path)) return []
  return readdirSync(path, { withFileTypes: true })
    .filter((entry) => !SKIPPED.has(entry.name))
    .flatMap((entry) => {
      const inner = `${folder}/${entry.name}`
      if (entry.isDirectory()) return filesOf(inner)
      return /\.(ts|mjs)$/.test(entry.name) && !entry.name.endsWith('.d.ts') ? [inner] : []
    })
    .sort()
}

/** Every TypeScript file of the project. */
export function allFiles(): string[] {
  return [...LAYERS, ...AROUND].flatMap((folder) => filesOf(folder))
}

/** Tests, and what only they use. */
export function isTest(file: string): boolean {
  return /\.(test|fixture)\.ts$/.test(file) || /\/fixtures?\.ts$/.test(file) || file.startsWith('test/')
}

/** The syntax tree of a file. */
export function parse(file: string): ts.SourceFile {
  return parseText(file, readFileSync(join(ROOT, file), 'utf8'))
}
