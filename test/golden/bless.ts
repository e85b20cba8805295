import { spawnSync } from 'node:child_process'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * `npm run bless [FILTER…]`: run every test that has goldens and let each write what it made. What changed is then in
 * `git diff`. A filter keeps only test files whose path contains it.
 */
const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const filters = process.argv.slice(2)
const files = globSync('{core,recorders,live-bridge,engine,test}/**/*.test.ts', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
})
  .filter((file) =>
    /from '[./]*golden\/golden\.ts'|from '\.\.?\/golden\.ts'/.test(readFileSync(join(root, file), 'utf8')),
  )
  .filter((file) => !file.endsWith('golden/golden.test.ts'))
  .filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)))
  .sort()

if (files.length === 0) {
  process.stderr.write(`No test with goldens${filters.length > 0 ? ` matches ${filters.join(', ')}` : ''}.\n`)
  process.exit(2)
}
const vitest = join(root, 'node_modules/vitest/vitest.mjs')
const result = spawnSync(process.execPath, [vitest, 'run', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, BLESS: '1' },
})
process.stdout.write(changes())
process.exit(result.status ?? 1)

/** The goldens that are not what the last commit has. */
function changes(): string {
  const { status, stdout } = spawnSync(
    'git',
    ['status', '--porcelain', '--untracked-files=all', '--', 'test/golden'],
    { cwd: root, encoding: 'utf8' },
  )
  if (status !== 0) return 'What changed is not known: this is no git checkout.\n'
  const names = stdout.split('\n').filter((line) => line !== '' && !line.endsWith('.ts'))
  if (names.length === 0) return 'No golden is different from the last commit.\n'
  return `Different from the last commit, to be looked at with git diff:\n${names.join('\n')}\n`
}
