import { relative, sep } from 'node:path'
import { type Breach, breaches } from './breaches.ts'
import { type Import, parseText, runtimeImportsOf } from './source.ts'

/** Packages that the core may use: pure JavaScript, the same bits everywhere. */
export const PURE_PACKAGES = /^(@stdlib\/[\w-]+|pure-rand|@noble\/hashes)$/

/** The package for notebooks: to a strategy it is the core's own part for strategies. */
const FACADE = '@lockstep/lab'

/** A text that runs, and the file that it is from. */
export type Source = { path: string; text: string }

/**
 * Everything in the files of a strategy that breaks the rules of the core: the clock, chance, the file system, the process,
 * the network, and packages that are not known to be pure. What hides behind a computed name is not seen.
 *
 * @param sources what was read of the strategy file and all local files that it imports
 * @param from paths are told from this folder
 * @returns each place, in order of file and line; none for a pure strategy
 */
export function impurities(sources: readonly Source[], from: string): Breach[] {
  const found: Breach[] = []
  for (const { path, text } of sources) {
    if (path.endsWith('.json')) continue
    const tree = parseText(toSlashes(path), text)
    found.push(...breaches(tree))
    for (const one of runtimeImportsOf(tree)) {
      if (one.file === null && one.package !== FACADE && !PURE_PACKAGES.test(one.package)) {
        found.push(breachOf(one))
      }
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

function toSlashes(path: string): string {
  return path.split(sep).join('/')
}
