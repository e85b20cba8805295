import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import ts from 'typescript'

/** What one module asks of another: a file, or a package. `file` is as the path of the module that asks: from the same place. */
export type Import = { from: string; specifier: string; line: number } & (
  | { file: string; package: null }
  | { file: null; package: string }
)

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
  return importsWhere(tree, () => true)
}

/** What a file asks for when it runs: types are erased. */
export function runtimeImportsOf(tree: ts.SourceFile): Import[] {
  return importsWhere(tree, (node) => !isTypeOnly(node))
}

/** Local files that a file loads, by the words that it names them with: imports and re-exports that are written out. */
export function localImportsOf(tree: ts.SourceFile): { specifier: string; line: number }[] {
  const found: { specifier: string; line: number }[] = []
  walk(tree, (node) => {
    if (ts.isNewExpression(node)) return
    const specifier = specifierOf(node)
    if (specifier === null || isTypeOnly(node) || !/^(\.{0,2}\/|file:|\.{1,2}$)/.test(specifier)) return
    found.push({ specifier, line: lineOf(node) })
  })
  return found
}

function importsWhere(tree: ts.SourceFile, keep: (node: ts.Node) => boolean): Import[] {
  const found: Import[] = []
  walk(tree, (node) => {
    const text = specifierOf(node)
    if (text !== null && keep(node)) found.push(resolved(tree.fileName, text, lineOf(node)))
  })
  return found
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) return node.isTypeOnly
  return ts.isImportDeclaration(node) && node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
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
  if (specifier.startsWith('file:')) {
    return { from, specifier, line, file: decodeURIComponent(new URL(specifier).pathname), package: null }
  }
  if (!/^\.{0,2}\//.test(specifier)) {
    const parts = specifier.split('/')
    const name = isBuiltin(specifier)
      ? `node:${specifier.replace(/^node:/, '')}`
      : parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/')
    return { from, specifier, line, file: null, package: name }
  }
  const file = specifier.startsWith('/') ? specifier : posix.join(posix.dirname(from), specifier)
  return { from, specifier, line, file, package: null }
}
