import { readFileSync } from 'node:fs'
import { relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Breach, breaches } from './breaches.ts'
import { type Import, parseText, runtimeImportsOf } from './source.ts'

/** Packages that the core may use: pure JavaScript, the same bits everywhere. */
export const PURE_PACKAGES = /^(@stdlib\/[\w-]+|pure-rand|@noble\/hashes)$/

/** The core of this project: a test holds it to the same rules. */
const CORE = toSlashes(fileURLToPath(new URL('../../core/', import.meta.url)))

/** Files of one strategy that are read at most. */
const FILES_MAX = 1_000

/**
 * Everything in a file, and in the files that it imports, that breaks the rules of the core: the clock, chance, the file
 * system, the process, the network, and packages that are not known to be pure. What hides behind a computed name is not
 * seen.
 *
 * @param path a strategy file
 * @param from paths are told from this folder
 * @returns each place, in order of file and line; none for a pure strategy
 */
export function impurities(path: string, from: string): Breach[] {
  const found: Breach[] = []
  const seen = new Set<string>()
  const waiting = [toSlashes(path)]
  for (let file = waiting.pop(); file !== undefined && seen.size < FILES_MAX; file = waiting.pop()) {
    if (seen.has(file) || file.startsWith(CORE)) continue
    seen.add(file)
    const tree = parseText(file, textOf(file))
    found.push(...breaches(tree))
    for (const one of runtimeImportsOf(tree)) {
      if (one.file !== null) waiting.push(one.file)
      else if (!PURE_PACKAGES.test(one.package)) found.push(breachOf(one))
    }
  }
  return found
    .map((breach) => ({ ...breach, file: told(breach.file, from) }))
    .sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : a.line - b.line))
}

/** A path as a reader at `from` would write it. */
function told(file: string, from: string): string {
  const path = toSlashes(relative(from, file))
  return path.startsWith('../') ? file : path
}

function breachOf({ from, specifier, line }: Import & { file: null }): Breach {
  return { file: from, line, what: `import ${specifier}`, text: specifier }
}

/** A file that is not there fails when it is loaded, not here. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}
