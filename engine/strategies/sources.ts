import { createHash } from 'node:crypto'
import { readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { COUNT, FILE_BYTES } from '../../recorders/limits.ts'
import { canonicalJson } from '../../recorders/tape/index.ts'
import { RunnerError } from '../runners/runner-error.ts'

/** The core of this project: its files belong to the code version, not to a strategy. */
export const CORE = fileURLToPath(new URL('../../core/', import.meta.url))

/** One name for what a strategy is made with, wherever its file stands. The rest of that package is for notebooks. */
export const FACADE = { name: '@lockstep/lab', path: join(CORE, 'strategies', 'facade.ts') } as const

/** What Node takes files of a strategy for, by the end of their names. */
export const FORMATS: Readonly<Record<string, string>> = {
  '.ts': 'module-typescript',
  '.mts': 'module-typescript',
  '.js': 'module',
  '.mjs': 'module',
  '.json': 'json',
}

/** One file of a strategy as it was read. */
export type SourceFile = {
  /** Real path, links followed. */
  path: string
  sha256: string
  text: string
  /** Real paths of the local files that it imports, by the word that it imports them with. */
  imports: Readonly<Record<string, string>>
}

/**
 * A strategy file and every local file that it imports, as they were read, once. What runs is these texts
 * ({@link importSources}): a file that changes after it was hashed changes nothing.
 */
export type Sources = {
  /** The strategy file first, the others by path. */
  files: readonly SourceFile[]
  /** Of the file itself where it stands alone, else over the paths, seen from its folder, and hashes of all files. */
  sha256: string
}

/**
 * Read a strategy file and all that it imports by a relative or absolute path, but for the project's own core. Imports are
 * those that are written out: what is put together while it runs is refused when it is loaded.
 *
 * @throws RunnerError `strategy.file` for what is not there, is no regular file of a known kind, or is too large
 */
export async function readSources(file: string): Promise<Sources> {
  // The parser is large, and strategies that ship do without it.
  const { localImportsOf, parseText } = await import('../purity/source.ts')
  const files = new Map<string, SourceFile>()
  const entry = realPath(file, file)
  const waiting = [{ path: entry, from: file }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, from } = next
    if (files.has(path)) continue
    if (files.size === COUNT.strategy_files)
      throw refused(file, `imports more than ${COUNT.strategy_files} files`)
    const { text, sha256 } = readText(path, from)
    const imports: Record<string, string> = {}
    for (const { specifier, line } of extname(path) === '.json'
      ? []
      : localImportsOf(parseText(path, text))) {
      const found = realPath(pathOf(specifier, path, line), `${path}:${line}`)
      imports[specifier] = found
      if (!found.startsWith(CORE)) waiting.push({ path: found, from: `${path}:${line}` })
    }
    files.set(path, { path, sha256, text, imports })
  }
  const [first, ...others] = [...files.values()]
  const all = [first!, ...others.sort((a, b) => (a.path < b.path ? -1 : 1))]
  return { files: all, sha256: identityOf(all) }
}

/** Paths of a strategy's files seen from its own folder, with their hashes: what a run folder keeps of them. */
export function namesOf(files: readonly SourceFile[]): { path: string; sha256: string }[] {
  const folder = dirname(files[0]!.path)
  return files.map(({ path, sha256 }) => ({ path: relative(folder, path).split(sep).join('/'), sha256 }))
}

function identityOf(files: readonly SourceFile[]): string {
  if (files.length === 1) return files[0]!.sha256
  return createHash('sha256')
    .update(canonicalJson(namesOf(files)))
    .digest('hex')
}

function readText(path: string, from: string): { text: string; sha256: string } {
  const found = statSync(path)
  if (!found.isFile()) throw refused(from, `${path} is no regular file`)
  if (!(extname(path) in FORMATS))
    throw refused(from, `${path} is none of the kinds that a strategy is made of`, Object.keys(FORMATS))
  if (found.size > FILE_BYTES.strategy)
    throw refused(from, `${path} has more than ${FILE_BYTES.strategy} bytes`)
  const bytes = readFileSync(path)
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes), sha256 }
  } catch {
    throw refused(from, `${path} is not UTF-8`)
  }
}

function pathOf(specifier: string, from: string, line: number): string {
  try {
    return fileURLToPath(new URL(specifier, pathToFileURL(from)))
  } catch {
    throw refused(from, `line ${line} imports ${specifier}, which is no path`)
  }
}

function realPath(path: string, from: string): string {
  try {
    return realpathSync(path)
  } catch {
    throw refused(from, path === from ? 'there is no such file' : `imports ${path}, which is not there`)
  }
}

function refused(file: string, why: string, kinds?: readonly string[]): RunnerError {
  return new RunnerError(
    'strategy.file',
    `${file}: ${why}`,
    kinds === undefined ? 'give the path of a strategy file' : `use ${kinds.join(', ')}`,
    { file },
  )
}
