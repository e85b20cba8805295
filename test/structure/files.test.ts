import ts from 'typescript'
import { describe, expect, test } from 'vitest'
import { lineOf, parseText, walk } from '../../engine/purity/source.ts'
import { allFiles, isTest, LAYERS, parse } from './project.ts'

/**
 * What stands in a file of somebody else becomes a path, a deletion or a rename in `recorders/files` alone, which looks at it
 * first; and what is long in the making is made beside its place there.
 */

const DOOR = 'recorders/files/'
const files = allFiles().filter(
  (file) => LAYERS.some((layer) => file.startsWith(`${layer}/`)) && !isTest(file) && !file.startsWith(DOOR),
)

/** Functions of `node:fs` that take names away or give them. */
const CHANGING =
  /^(rm|rmdir|unlink|rename|mkdtemp|mkdtempDisposable|link|symlink|cp|copyFile|appendFile|truncate|chmod|chown|lchown|utimes)(Sync)?$/

/** Files that change names themselves, and why that is right. */
const CHANGERS: Readonly<Record<string, string>> = {
  'engine/bin/pinned-node.mjs': 'runs before anything can be imported; a file that it made itself',
  'notebooks/lockstep/build.ts': 'a script of ours, over names of ours',
  'notebooks/own-compiler.mjs': 'a script of ours, over names of ours',
  'engine/runners/look-ahead/unfolding.ts':
    'a folder of its own, over names that a manifest’s schema has looked at',
  'recorders/recording/durable.ts': 'files of a recording, step by step',
  'recorders/recording/lock.ts': 'the lock of a recording',
  'recorders/tape/cache.ts': 'a file that it made itself',
}

/** Names of Node's file functions that a file imports. */
function changesIn(tree: ts.SourceFile): string[] {
  const found: string[] = []
  walk(tree, (node) => {
    if (!ts.isImportDeclaration(node) || !ts.isStringLiteral(node.moduleSpecifier)) return
    if (!/^(node:)?fs(\/promises)?$/.test(node.moduleSpecifier.text)) return
    const names = node.importClause?.namedBindings
    if (names === undefined || !ts.isNamedImports(names)) {
      found.push(`${tree.fileName}:${lineOf(node)} all of ${node.moduleSpecifier.text}`)
      return
    }
    for (const { name, propertyName } of names.elements) {
      const text = (propertyName ?? name).text
      if (CHANGING.test(text)) found.push(`${tree.fileName}:${lineOf(node)} ${text}`)
    }
  })
  return found
}

/** Files that make paths of other names than their own, and why none of those can lead elsewhere. */
const JOINERS: Readonly<Record<string, string>> = {
  'engine/bin/pinned-node.mjs': 'runs before anything can be imported, over names of ours',
  'engine/doctor/datasets.ts':
    'names that a folder lists, and names that the schema of the manifest has looked at',
  'engine/doctor/installation.ts': 'names of programs and packages of ours',
  'engine/runners/identity.ts': 'names that a folder of ours lists',
  'engine/runners/look-ahead/elsewhere.ts': 'the name of a folder that the user gave',
  'engine/runners/look-ahead/unfolding.ts': 'names that the schema of the manifest has looked at',
  'notebooks/lockstep/build.ts': 'names of ours',
  'recorders/import/shipped.ts': 'names that a folder lists',
  'recorders/recording/list.ts': 'names that a folder lists',
  'recorders/sql/catalog.ts': 'names that the schema of the manifest has looked at',
  'recorders/sql/raw.ts': 'names that the schema of the manifest has looked at',
  'recorders/sql/run.ts': 'names of our tables',
  'recorders/sql/side.ts': 'names that the schema of the manifest has looked at',
  'recorders/tape/dataset.ts': 'names that the schema of the manifest has looked at',
  'recorders/tape/read.ts': 'names that the schema of the manifest has looked at',
  'recorders/tape/side.ts': 'names that the schema of the manifest has looked at',
}

/** Whether an argument is a text of the program itself: a literal, a constant, or a number put into one. */
function isOwn(node: ts.Expression): boolean {
  if (ts.isStringLiteralLike(node)) return true
  if (ts.isIdentifier(node)) return /^[A-Z][A-Z0-9_]*$/.test(node.text)
  return false
}

/** Calls of `join` with a name that is not the program's own. `join(folder, …)`: the first may be any folder. */
function joinsIn(tree: ts.SourceFile): string[] {
  const found: string[] = []
  let imported = false
  walk(tree, (node) => {
    if (ts.isImportDeclaration(node) && node.moduleSpecifier.getText().includes('path'))
      imported ||= /\bjoin\b/.test(node.importClause?.getText() ?? '')
    if (!imported || !ts.isCallExpression(node) || node.expression.getText() !== 'join') return
    for (const argument of node.arguments.slice(1))
      if (!isOwn(argument)) found.push(`${tree.fileName}:${lineOf(node)} ${node.getText()}`)
  })
  return found
}

describe('the door to files', () => {
  test('is where names are taken away, given and moved', () => {
    const changes = files
      .filter((file) => !Object.hasOwn(CHANGERS, file))
      .flatMap((file) => changesIn(parse(file)))
    expect(changes).toEqual([])
  })

  test('is where names from elsewhere become paths', () => {
    const joins = files
      .filter((file) => !Object.hasOwn(JOINERS, file))
      .flatMap((file) => joinsIn(parse(file)))
    expect(joins).toEqual([])
  })

  test('exceptions are needed', () => {
    const idle = (list: Readonly<Record<string, string>>, found: (tree: ts.SourceFile) => string[]) =>
      Object.keys(list).filter((file) => !files.includes(file) || found(parse(file)).length === 0)
    expect(idle(CHANGERS, changesIn)).toEqual([])
    expect(idle(JOINERS, joinsIn)).toEqual([])
  })

  test('planted ways around it are found', () => {
    const tree = parseText(
      'recorders/planted.ts',
      [
        "import { rm as away, readFile } from 'node:fs/promises'",
        "import * as fs from 'node:fs'",
        "import { join } from 'node:path'",
        "join(dir, head.day, 'manifest.json')",
        "join(dir, 'raw', FILE)",
      ].join('\n'),
    )
    expect(changesIn(tree)).toEqual(['recorders/planted.ts:1 rm', 'recorders/planted.ts:2 all of node:fs'])
    expect(joinsIn(tree)).toEqual(["recorders/planted.ts:4 join(dir, head.day, 'manifest.json')"])
  })
})
