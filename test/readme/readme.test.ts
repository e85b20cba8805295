import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporary } from '../fixtures/folders.ts'
import { commandsOf } from './commands.ts'

/** Every command of the README, in its order, as a reader types it: in a copy of the repository, in a shell. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const README = join(ROOT, 'README.md')
/** What a checkout has, and what it has not: what runs leave is the reader's own. */
const NOT_COPIED = new Set(['runs', 'coverage', '.git'])
const MS_MAX = 240_000

const here = existsSync(README)
if (!here) console.warn(`skipped: the commands of the README, which is not at ${README}`)
const commands = here ? commandsOf(readFileSync(README, 'utf8')) : []

describe.skipIf(!here)('the README', () => {
  const place = temporary()
  beforeAll(() => {
    for (const name of readdirSync(ROOT)) {
      if (!NOT_COPIED.has(name)) symlinkSync(join(ROOT, name), join(place, name))
    }
  })

  test('shows commands, the first of them among those that are run', () => {
    const run = commands.filter(({ left_out }) => left_out === null).map(({ text }) => text)
    expect(run).toContain('npm start')
    expect(run.some((text) => text.startsWith('npx engine backtest'))).toBe(true)
  })

  for (const { line, text, left_out } of commands) {
    if (left_out !== null) continue
    test(`line ${line}: ${text}`, { timeout: MS_MAX + 10_000 }, () => {
      const { status, stdout, stderr, signal } = spawnSync('sh', ['-c', text], {
        cwd: place,
        encoding: 'utf8',
        timeout: MS_MAX,
        env: {
          ...process.env,
          // npm would hand its own settings down: here it is the reader who starts it.
          ...Object.fromEntries(
            Object.keys(process.env)
              .filter((key) => key.startsWith('npm_'))
              .map((key) => [key, undefined]),
          ),
          PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
          NODE_OPTIONS: '',
        },
      })
      expect({ status, signal }, `${stdout}\n${stderr}`).toEqual({ status: 0, signal: null })
      expect(stdout.trim()).not.toBe('')
    })
  }
})

describe('the commands of a page', () => {
  test('are the lines of its sh blocks, one for each, comments and continuations resolved', () => {
    const page = [
      'Text with `npx engine nothing`.',
      '```sh',
      'npm ci && npm start',
      '# a comment',
      'npx engine backtest \\',
      '  --seed 7   # another',
      '',
      '```',
      '```text',
      'npx engine not-this',
      '```',
      '  ```sh',
      '  npm run --silent oracle -- --json',
      '  ```',
      '```ts',
      'const x = 1',
      '```',
    ].join('\n')
    expect(commandsOf(page)).toEqual([
      { line: 3, text: 'npm ci', left_out: expect.any(String) },
      { line: 3, text: 'npm start', left_out: null },
      { line: 6, text: 'npx engine backtest --seed 7', left_out: null },
      { line: 13, text: 'npm run --silent oracle -- --json', left_out: null },
    ])
  })

  test('are proven or known: an unknown one is refused with its line', () => {
    expect(() => commandsOf('```sh\nnpm start\nmake install\n```')).toThrow(/^line 3: .*"make install"/)
  })
})
