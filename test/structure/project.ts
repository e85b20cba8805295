import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Folders of the product, from the one that all others know to the one that nobody knows. */
export const LAYERS = ['core', 'recorders', 'live-bridge', 'engine', 'notebooks'] as const

/** Folders that serve the product and are known to none of it. */
const AROUND = ['test', 'bench', 'docs']
const SKIPPED = new Set(['node_modules', 'dist', 'coverage', 'runs', '.cache'])

/** What one module asks of another: a file of the project, or a package. */
export type Import = { from: string; specifier: string; line: number } & (
  | { file: string; package: null }
  | { file: null; package: string }
)

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

/** The syntax tree of a text that stands for a file. */
export function parseText(file: string, text: string): ts.SourceFile {
  return ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
}

/** Line of a node, from 1. */
export function lineOf(node: ts.Node): number {
  const source = node.getSourceFile()
  return source.getLineAndCharacterOfPosition(node.getStart()).line + 1
}

/** Visit every node of a tree. */
export function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => walk(child, visit))
}

/**
 * Everything that a file asks for: imports, re-exports, imports of types, dynamic imports, and files named by
 * `new URL('…', import.meta.url)`, as workers and pages are.
 */
export function importsOf(tree: ts.SourceFile): Import[] {
  const found: Import[] = []
  walk(tree, (node) => {
    const text = specifierOf(node)
    if (text !== null) found.push(resolved(tree.fileName, text, lineOf(node)))
  })
  return found
}

function specifierOf(node: ts.Node): string | null {
  const text = (inner: ts.Node | undefined) =>
    inner !== undefined && ts.isStringLiteralLike(inner) ? inner.text : null
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return text(node.moduleSpecifier)
  if (ts.isImportTypeNode(node))
    return ts.isLiteralTypeNode(node.argument) ? text(node.argument.literal) : null
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
    return text(node.arguments[0])
  }
  const isUrl =
    ts.isNewExpression(node) &&
    node.expression.getText() === 'URL' &&
    node.arguments?.[1]?.getText() === 'import.meta.url'
  return isUrl ? text(node.arguments![0]) : null
}

function resolved(from: string, specifier: string, line: number): Import {
  if (!specifier.startsWith('.')) {
    const parts = specifier.split('/')
    const name = isBuiltin(specifier)
      ? `node:${specifier.replace(/^node:/, '')}`
      : parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
    return { from, specifier, line, file: null, package: name }
  }
  const path = relative(ROOT, resolve(ROOT, dirname(from), specifier))
    .split(sep)
    .join('/')
  return { from, specifier, line, file: path, package: null }
}
