import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

/** A member of a constant object: its name, its number, and the comment that stands before it. */
export type Member = { name: string; value: number; doc: string }

const ROOT = new URL('../../', import.meta.url)

/**
 * The members of `export const NAME = { … }` in a source file, with their comments: what is said beside the code is what
 * the reference says.
 *
 * @param file path from the root of the project
 * @throws Error where the file has no such object, or a member is no number
 */
export function membersOf(file: string, name: string): Member[] {
  const tree = ts.createSourceFile(
    file,
    readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  )
  const object = objectOf(tree, name)
  if (object === null) throw new Error(`${file} has no object ${name}`)
  return object.properties.map((property) => {
    if (!ts.isPropertyAssignment(property)) throw new Error(`${file}: ${name} has a member that is no number`)
    return {
      name: property.name.getText(),
      value: Number(property.initializer.getText()),
      doc: commentOf(property),
    }
  })
}

/**
 * The comment that stands before `export const NAME` in a source file, its paragraphs kept apart by empty lines.
 *
 * @throws Error where the file has no such constant, or it has no comment
 */
export function paragraphsOf(file: string, name: string): string {
  const source = readFileSync(fileURLToPath(new URL(file, ROOT)), 'utf8')
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const statement = tree.statements.find(
    (one) =>
      ts.isVariableStatement(one) &&
      one.declarationList.declarations.some((declared) => declared.name.getText() === name),
  )
  const paragraphs = statement === undefined ? [] : rawComment(statement).split(/\n\s*\n/)
  const text = paragraphs.map(plainText).filter((one) => one !== '')
  if (text.length === 0) throw new Error(`${file} has no comment on ${name}`)
  return text.join('\n\n')
}

function objectOf(tree: ts.SourceFile, name: string): ts.ObjectLiteralExpression | null {
  for (const statement of tree.statements) {
    if (!ts.isVariableStatement(statement)) continue
    for (const { name: declared, initializer } of statement.declarationList.declarations) {
      if (declared.getText() !== name || initializer === undefined) continue
      const inner = ts.isAsExpression(initializer) ? initializer.expression : initializer
      if (ts.isObjectLiteralExpression(inner)) return inner
    }
  }
  return null
}

/** The comment before a member in one line; `{@link X}` is X. */
function commentOf(node: ts.Node): string {
  return plainText(rawComment(node))
}

/** The last comment before a node, without the signs that make it one. */
function rawComment(node: ts.Node): string {
  const text = node.getFullText()
  const range = ts.getLeadingCommentRanges(text, 0)?.at(-1)
  if (range === undefined) return ''
  return text
    .slice(range.pos, range.end)
    .replace(/^\/\*\*|\*\/$/g, '')
    .replace(/^[^\S\n]*\* ?/gm, '')
}

/** In one line; `{@link X}` is X. */
function plainText(text: string): string {
  return text
    .replace(/\{@link (\w+)\}/g, '`$1`')
    .replace(/\s+/g, ' ')
    .trim()
}
