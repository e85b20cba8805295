import { relative } from 'node:path'
import ts from 'typescript'

/**
 * The types of a module's public face as one file that needs no other: every declaration that the face reaches, with its
 * words, and nothing of how it is done. Older compilers read it, such as the one inside tslab.
 */

/** One declaration: the file and the name that it has there. */
type Key = `${string}#${string}`
type Declared = { file: ts.SourceFile; name: string }
type Replacement = { from: number; to: number; text: string }

/**
 * Flatten the declarations of an entry file.
 *
 * @param entry its path
 * @param config the tsconfig.json to compile with
 * @param root paths in messages are from here
 * @throws DeclarationsError naming the type of a package, or the name, that cannot stand in one file
 */
export function flattenDeclarations(entry: string, config: string, root: string): string {
  const program = ts.createProgram([entry], optionsOf(config))
  const checker = program.getTypeChecker()
  const emitted = new Map<ts.SourceFile, ts.SourceFile>()
  const scopes = new Map<ts.SourceFile, Map<string, ts.Symbol>>()
  const names = new Map<Key, string>()
  const taken = new Set<string>()
  const queue: Declared[] = []
  const source = program.getSourceFile(entry)!
  const module = checker.getSymbolAtLocation(source)!

  const exported = checker.getExportsOfModule(module).map((symbol) => ({
    name: symbol.name,
    declared: declaredBy(symbol),
  }))
  // The names of the face come first, so that what is behind it gives way where two are alike.
  for (const { name, declared } of exported) nameOf(declared, name)
  const parts: string[] = []
  const done = new Set<Key>()
  for (let declared = queue.shift(); declared !== undefined; declared = queue.shift()) {
    const key = keyOf(declared)
    if (done.has(key)) continue
    done.add(key)
    const isFace = exported.some((one) => keyOf(one.declared) === key)
    for (const statement of statementsOf(declared)) parts.push(print(declared.file, statement, isFace))
  }
  return `${HEADER}\n\n${parts.join('\n\n')}\n\nexport {}\n`

  function declaredBy(symbol: ts.Symbol): Declared {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
    const [declaration] = target.declarations ?? []
    if (declaration === undefined) throw new DeclarationsError(`${symbol.name} is declared nowhere`)
    for (const one of target.declarations!) {
      const same = ts.isTypeAliasDeclaration(one) ? sameName(one) : null
      if (same !== null) return declaredBy(same)
    }
    return { file: declaration.getSourceFile(), name: target.name }
  }

  /** `type Book = module.Book` says where Book is declared, and nothing more. */
  function sameName(alias: ts.TypeAliasDeclaration): ts.Symbol | null {
    if (!ts.isTypeReferenceNode(alias.type) || alias.type.typeArguments !== undefined) return null
    const name = alias.type.typeName
    const last = ts.isQualifiedName(name) ? name.right : name
    return last.text === alias.name.text ? (checker.getSymbolAtLocation(last) ?? null) : null
  }

  /** The name of a declaration in the one file; it is put on the list the first time. */
  function nameOf(declared: Declared, wished = declared.name): string {
    const key = keyOf(declared)
    const given = names.get(key)
    if (given !== undefined) return given
    let name = wished
    for (let n = 2; taken.has(name); n++) name = `${wished}${n}`
    taken.add(name)
    names.set(key, name)
    queue.push(declared)
    return name
  }

  function keyOf({ file, name }: Declared): Key {
    return `${file.fileName}#${name}`
  }

  /** What the compiler says of one source file. */
  function declarationsOf(file: ts.SourceFile): ts.SourceFile {
    let made = emitted.get(file)
    if (made === undefined) {
      let text: string | null = null
      program.emit(
        file,
        (_, content) => {
          text = content
        },
        undefined,
        true,
      )
      if (text === null) throw new DeclarationsError(`${place(file)} has no declarations`)
      made = ts.createSourceFile(file.fileName, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS)
      emitted.set(file, made)
    }
    return made
  }

  function statementsOf({ file, name }: Declared): ts.Statement[] {
    const found = declarationsOf(file).statements.filter((statement) => namesIn(statement).includes(name))
    if (found.length === 0) throw new DeclarationsError(`${place(file)} does not declare ${name}`)
    return found
  }

  /** Names at the top of a source file and what they are, imports followed. */
  function scopeOf(file: ts.SourceFile): Map<string, ts.Symbol> {
    let scope = scopes.get(file)
    if (scope !== undefined) return scope
    scope = new Map()
    scopes.set(file, scope)
    for (const statement of file.statements) {
      for (const node of namesBound(statement)) {
        const symbol = checker.getSymbolAtLocation(node)
        if (symbol !== undefined) scope.set(node.text, symbol)
      }
    }
    return scope
  }

  /** One statement with the names it has in the one file. */
  function print(file: ts.SourceFile, statement: ts.Statement, isFace: boolean): string {
    const scope = scopeOf(file)
    const changes: Replacement[] = []
    const visit = (node: ts.Node, local: ReadonlySet<string>): void => {
      const own = new Set([...local, ...typeParametersOf(node)])
      if (ts.isImportTypeNode(node))
        throw new DeclarationsError(`${place(file)} leaks ${node.getText()}: name that type`)
      const qualified = ts.isQualifiedName(node) ? resolveQualified(file, node, scope) : null
      if (qualified !== null) {
        changes.push({ from: node.getStart(), to: node.end, text: nameOf(qualified) })
        return
      }
      if (ts.isIdentifier(node) && isReference(node) && !own.has(node.text)) {
        const symbol = scope.get(node.text)
        if (symbol !== undefined) {
          const declared = ownDeclaration(file, node.text, symbol)
          changes.push({ from: node.getStart(), to: node.end, text: nameOf(declared) })
        }
      }
      ts.forEachChild(node, (child) => visit(child, own))
    }
    visit(statement, new Set())
    const whole = statement.getFullText()
    const start = statement.getFullStart()
    let text = ''
    let at = 0
    for (const { from, to, text: name } of changes.sort((a, b) => a.from - b.from)) {
      text += whole.slice(at, from - start) + name
      at = to - start
    }
    text = (text + whole.slice(at)).trim().replace(ABOUT_THE_FILE, '')
    return ts.isTypeAliasDeclaration(statement) || isFace ? withExport(text) : text.replace(EXPORT, '')
  }

  function ownDeclaration(file: ts.SourceFile, name: string, symbol: ts.Symbol): Declared {
    const declared = declaredBy(symbol)
    if (program.isSourceFileFromExternalLibrary(declared.file) || declared.file.isDeclarationFile)
      throw new DeclarationsError(
        `${place(file)} shows ${name}, a type of ${place(declared.file)}: declare it plainly`,
      )
    return declared
  }

  function resolveQualified(
    file: ts.SourceFile,
    node: ts.QualifiedName,
    scope: ReadonlyMap<string, ts.Symbol>,
  ): Declared | null {
    if (!ts.isIdentifier(node.left)) return null
    const left = scope.get(node.left.text)
    if (left === undefined || !(left.flags & ts.SymbolFlags.Alias)) return null
    const target = checker.getAliasedSymbol(left)
    if (!(target.flags & ts.SymbolFlags.ValueModule)) return null
    const member = checker.getExportsOfModule(target).find((one) => one.name === node.right.text)
    return member === undefined ? null : ownDeclaration(file, node.getText(), member)
  }

  function place(file: ts.SourceFile): string {
    return relative(root, file.fileName)
  }
}

const HEADER = '// Made by notebooks/lockstep/build.ts from the sources; edit those.'
/** Of several comments before a declaration only the last is its own. */
const ABOUT_THE_FILE = /^(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*)+(?=\/\*\*)/
const EXPORT = /^((?:\/\*\*[\s\S]*?\*\/\s*)*)export\s+/

function withExport(text: string): string {
  if (EXPORT.test(text)) return text
  return text.replace(/^((?:\/\*\*[\s\S]*?\*\/\s*)*)/, '$1export ')
}

function optionsOf(config: string): ts.CompilerOptions {
  const { config: raw } = ts.readConfigFile(config, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(
    { ...raw, include: [], files: [] },
    ts.sys,
    config.replace(/[^/\\]*$/, ''),
  )
  return { ...options, noEmit: false, declaration: true, emitDeclarationOnly: true, removeComments: false }
}

/** Names that a statement of a declaration file declares. */
function namesIn(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  const named =
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement)
  return named && statement.name !== undefined ? [statement.name.text] : []
}

/** Identifiers by which a statement of a source file brings names into it. */
function namesBound(statement: ts.Statement): ts.Identifier[] {
  if (ts.isImportDeclaration(statement)) {
    const { name, namedBindings } = statement.importClause ?? {}
    const list =
      namedBindings === undefined
        ? []
        : ts.isNamespaceImport(namedBindings)
          ? [namedBindings.name]
          : namedBindings.elements.map((one) => one.name)
    return name === undefined ? list : [name, ...list]
  }
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations
      .map(({ name }) => name)
      .filter((name) => ts.isIdentifier(name))
  const named =
    ts.isTypeAliasDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement)
  return named && statement.name !== undefined ? [statement.name] : []
}

/** Names that a node gives to types of its own. */
function typeParametersOf(node: ts.Node): string[] {
  const { typeParameters } = node as { typeParameters?: readonly ts.TypeParameterDeclaration[] }
  const own = (typeParameters ?? []).map(({ name }) => name.text)
  if (ts.isMappedTypeNode(node)) own.push(node.typeParameter.name.text)
  if (ts.isConditionalTypeNode(node)) {
    const infers = (inner: ts.Node): void => {
      if (ts.isInferTypeNode(inner)) own.push(inner.typeParameter.name.text)
      ts.forEachChild(inner, infers)
    }
    infers(node.extendsType)
  }
  return own
}

/** An identifier that stands for something in scope, or gives a top-level thing its name; and not a member's name. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node
  const isMember =
    ts.isPropertySignature(parent) ||
    ts.isPropertyDeclaration(parent) ||
    ts.isMethodSignature(parent) ||
    ts.isMethodDeclaration(parent) ||
    ts.isParameter(parent) ||
    ts.isNamedTupleMember(parent)
  if (isMember) return parent.name !== node
  if (ts.isQualifiedName(parent)) return parent.left === node
  return !ts.isTypeParameterDeclaration(parent)
}

/** Types that cannot be written as one file. */
export class DeclarationsError extends Error {
  readonly code = 'lab.declarations'
  constructor(message: string) {
    super(message)
    this.name = 'Declarations.DeclarationsError'
  }
}
