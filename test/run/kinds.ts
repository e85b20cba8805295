import { globSync } from 'node:fs'
import { ROOT } from './commands.ts'

/** Where tests may stand: beside the modules, and in `test/`. */
const TESTS = '{core,recorders,live-bridge,engine,notebooks,bench,docs,test}/**/*.test.ts'

/**
 * The kind that needs Python and packages of its index: other programs read our files and run our notebooks. It is no part of
 * `npm test`, which needs nothing but npm and Chromium; `npm run conformance` runs it, and fails without.
 */
export const CONFORMANCE: readonly string[] = ['conformance']

/** The kind of a test file: `unit` beside a module, else its folder in `test/`. */
export function kindOf(file: string): string {
  const [top, folder] = file.split('/')
  return top === 'test' ? folder! : 'unit'
}

/** The test files of these kinds, from the root. */
export function filesOf(kinds: readonly string[]): string[] {
  return every()
    .filter((file) => kinds.includes(kindOf(file)))
    .sort()
}

/** The kinds that there are. */
export function kinds(): string[] {
  return [...new Set(every().map(kindOf))].sort()
}

function every(): string[] {
  return globSync(TESTS, { cwd: ROOT, exclude: (path) => /node_modules|dist/.test(path) }).map((file) =>
    file.replaceAll('\\', '/'),
  )
}
