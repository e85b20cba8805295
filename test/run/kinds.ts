import { globSync } from 'node:fs'
import { ROOT } from './commands.ts'

/** Where tests may stand: beside the modules, and in `test/`. */
const TESTS = '{core,recorders,live-bridge,engine,notebooks,bench,docs,test}/**/*.test.ts'

/**
 * The kind that needs Python and packages of its index: other programs read our files and run our notebooks. It is no part of
 * `npm test`, which needs nothing but npm and Chromium; `npm run conformance` runs it, and fails without.
 */
export const CONFORMANCE: readonly string[] = ['conformance']

/**
 * Unit tests in which long tapes go through the core, or thousands of sequences do: measuring which lines run makes them five
 * times slower, and they are there for other reasons. They run with the tests that are not measured.
 */
export const UNMEASURED: readonly string[] = [
  'core/exchange/compat/replay.test.ts',
  'core/exchange/properties.test.ts',
  'core/machine/machine.test.ts',
  'core/machine/resolutions.test.ts',
  'core/simulator/belief.test.ts',
  'core/simulator/simulator.test.ts',
  'engine/report/render.test.ts',
  'recorders/import/btc15m-1hz.test.ts',
  'recorders/import/forms.test.ts',
  'recorders/import/hftbacktest.test.ts',
  'recorders/import/recorded.test.ts',
  'recorders/recording/faults.test.ts',
  'recorders/tape/cut.test.ts',
]

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
