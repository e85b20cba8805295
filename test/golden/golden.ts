import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Goldens are files beside this one. `BLESS=1` writes them instead of comparing. */
const FOLDER = dirname(fileURLToPath(import.meta.url))
/** Characters shown of a line that differs, around the first difference. */
const SHOWN = 160

/** What is stored and what was made are not the same. */
export class GoldenError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Golden.GoldenError'
  }
}

/**
 * Hold a text to the golden of its name, or write the golden in bless mode. Give texts with one thing a line (a
 * decision, an element): the error shows the first line that differs, from both sides.
 *
 * @param name path below test/golden, `report/equity.svg`
 * @param folder another folder than test/golden, for the tests of this function
 * @throws GoldenError where the golden is missing or differs
 */
export function matchGolden(name: string, actual: string, folder: string = FOLDER): void {
  const file = join(folder, name)
  const text = actual.endsWith('\n') ? actual : `${actual}\n`
  const stored = existsSync(file) ? readFileSync(file, 'utf8') : null
  if (stored === text) return
  if (process.env.BLESS === '1') {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, text)
    return
  }
  if (stored === null) {
    throw new GoldenError(`golden ${name} does not exist. To write it: npm run bless`)
  }
  throw new GoldenError(
    `${name} is not its golden. ${firstDifference(stored, text)}\nIf the change is meant: npm run bless, then look at the difference in git.`,
  )
}

/** Names of the goldens in a folder below test/golden, sorted: none may be without a test. */
export function goldenNames(folder: string, extension: string): string[] {
  return readdirSync(join(FOLDER, folder))
    .filter((name) => name.endsWith(extension))
    .map((name) => `${folder}/${name}`)
    .sort()
}

function firstDifference(stored: string, made: string): string {
  const a = stored.split('\n')
  const b = made.split('\n')
  let line = 0
  while (line < a.length && line < b.length && a[line] === b[line]) line++
  return `Line ${line + 1} of ${a.length - 1} stored and ${b.length - 1} made:\n  stored: ${excerpt(a[line], b[line])}\n  made:   ${excerpt(b[line], a[line])}`
}

/** A line, cut to where it begins to differ from the other. */
function excerpt(line: string | undefined, other: string | undefined): string {
  if (line === undefined || line === '') return '(the end)'
  let at = 0
  while (at < line.length && at < (other?.length ?? 0) && line[at] === other![at]) at++
  const from = Math.max(0, at - SHOWN / 2)
  const part = line.slice(from, from + SHOWN)
  return `${from > 0 ? '… ' : ''}${part}${from + SHOWN < line.length ? ' …' : ''}`
}
