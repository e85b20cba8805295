import ts from 'typescript'
import { lineOf, walk } from './source.ts'

/** A place that breaks a rule. */
export type Breach = { file: string; line: number; what: string; text: string }

/** Characters of a place that are shown. */
export const TEXT_MAX = 60

/** Globals that know the time, chance, the place or the engine. */
const BANNED_GLOBALS = new Set([
  'Atomics',
  'Buffer',
  'Date',
  'FinalizationRegistry',
  'Function',
  'Intl',
  'Promise',
  'SharedArrayBuffer',
  'Temporal',
  'WeakRef',
  'Worker',
  'console',
  'crypto',
  'document',
  'eval',
  'fetch',
  'globalThis',
  'navigator',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
  'window',
])

/** What of Math every engine computes to the same bit. */
const EXACT_MATH = new Set([
  'E',
  'LN10',
  'LN2',
  'LOG10E',
  'LOG2E',
  'PI',
  'SQRT1_2',
  'SQRT2',
  'abs',
  'ceil',
  'clz32',
  'floor',
  'fround',
  'imul',
  'max',
  'min',
  'round',
  'sign',
  'sqrt',
  'trunc',
])

/** Methods whose answer depends on the language of the machine. */
const LOCAL_METHODS = /^(toLocale\w+|localeCompare)$/
const SORTS = new Set(['sort', 'toSorted'])

/** Every breach of purity in a file: what could make two runs of the core differ. */
export function breaches(tree: ts.SourceFile): Breach[] {
  const found: Breach[] = []
  const declared = declaredIn(tree)
  walk(tree, (node) => {
    const what = breachOf(node, declared)
    if (what !== null)
      found.push({ file: tree.fileName, line: lineOf(node), what, text: node.getText().slice(0, TEXT_MAX) })
  })
  return found
}

function breachOf(node: ts.Node, declared: ReadonlySet<string>): string | null {
  if (ts.isIdentifier(node)) return bannedName(node, declared)
  if (ts.isAwaitExpression(node)) return 'await'
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async'
  if (ts.isForInStatement(node)) return 'for…in'
  if (ts.isForOfStatement(node) && node.awaitModifier !== undefined) return 'for await'
  if (ts.isMetaProperty(node)) return 'import.meta'
  if (ts.isBinaryExpression(node)) {
    const operator = node.operatorToken.kind
    const power =
      operator === ts.SyntaxKind.AsteriskAsteriskToken ||
      operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken
    return power ? '**' : null
  }
  if (ts.isCallExpression(node)) return bannedCall(node)
  return null
}

function bannedCall(node: ts.CallExpression): string | null {
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()'
  const name = methodOf(node.expression)
  if (name !== null && SORTS.has(name) && node.arguments.length === 0) return `${name}() without an order`
  return null
}

function bannedName(node: ts.Identifier, declared: ReadonlySet<string>): string | null {
  const name = node.text
  if (isPropertyName(node)) return LOCAL_METHODS.test(name) ? name : null
  if (name === 'Math' && !declared.has(name)) return inexactMath(node)
  return BANNED_GLOBALS.has(name) && !declared.has(name) ? name : null
}

/** `Math` may only stand before the name of an exact member. */
function inexactMath(node: ts.Identifier): string | null {
  const parent = node.parent
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== node) return 'Math'
  return EXACT_MATH.has(parent.name.text) ? null : `Math.${parent.name.text}`
}

/** The identifier names a member of something, and not a thing in scope. */
function isPropertyName(node: ts.Identifier): boolean {
  const parent = node.parent
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node
  if (ts.isQualifiedName(parent)) return parent.right === node
  const named =
    ts.isPropertyAssignment(parent) ||
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isGetAccessorDeclaration(parent)
  if (named) return parent.name === node
  return ts.isBindingElement(parent) && parent.propertyName === node
}

function methodOf(expression: ts.Expression): string | null {
  if (ts.isPropertyAccessExpression(expression)) return expression.name.text
  if (ts.isElementAccessExpression(expression) && ts.isStringLiteralLike(expression.argumentExpression)) {
    return expression.argumentExpression.text
  }
  return null
}

/** Names that a file gives to things of its own: they hide globals. */
function declaredIn(tree: ts.SourceFile): Set<string> {
  const names = new Set<string>()
  walk(tree, (node) => {
    const declares =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isBindingElement(node) ||
      ts.isImportSpecifier(node) ||
      ts.isNamespaceImport(node) ||
      ts.isImportClause(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isClassDeclaration(node)
    if (declares && node.name !== undefined && ts.isIdentifier(node.name)) names.add(node.name.text)
  })
  return names
}
