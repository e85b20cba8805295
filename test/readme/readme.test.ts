import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporary } from '../fixtures/folders.ts'
import { commandsOf } from './commands.ts'
import { type Serving, serve } from './serving.ts'

/**
 * Every command of the README, in its order, as a reader types it: in a copy of the repository, in a shell. What serves the others
 * stays in the background, as in a terminal of its own, until all have run.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const README = join(ROOT, 'README.md')
/** What a checkout has, and what it has not: what runs leave is the reader's own. */
const NOT_COPIED = new Set(['runs', 'recordings', 'coverage', '.git'])
const MS_MAX = 240_000

const here = existsSync(README)
if (!here) console.warn(`skipped: the commands of the README, which is not at ${README}`)
const commands = here ? commandsOf(readFileSync(README, 'utf8')) : []
const ENV = {
  ...process.env,
  // npm would hand its own settings down: here it is the reader who starts it.
  ...Object.fromEntries(
    Object.keys(process.env)
      .filter((key) => key.startsWith('npm_'))
      .map((key) => [key, undefined]),
  ),
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
  NODE_OPTIONS: '',
}

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

  const serving: Serving[] = []
  afterAll(async () => {
    for (const one of serving) await one.stop()
  })

  for (const { line, text, left_out, stays } of commands) {
    if (left_out !== null) continue
    if (stays) {
      test(`line ${line}: ${text}, until the others have run`, { timeout: MS_MAX }, async () => {
        serving.push(await serve(text, place, ENV))
      })
      continue
    }
    test(`line ${line}: ${text}`, { timeout: MS_MAX + 10_000 }, () => {
      const { status, stdout, stderr, signal } = spawnSync('sh', ['-c', text], {
        cwd: place,
        encoding: 'utf8',
        timeout: MS_MAX,
        env: ENV,
      })
      expect({ status, signal }, `${stdout}\n${stderr}`).toEqual({ status: 0, signal: null })
      expect(stdout.trim()).not.toBe('')
    })
  }
})

describe('a command that serves others', () => {
  test('is one that says where, and is stopped with all that it started', async () => {
    const serving = await serve('sh -c "echo http://here; sleep 1000" && echo more', ROOT, ENV)
    await serving.stop()
    await expect(serving.stop()).rejects.toThrow('ended by itself')
  })

  test('is told with its words when it ends before', async () => {
    await expect(serve('echo http://nowhere >&2', ROOT, ENV)).rejects.toThrow(/ended by itself:\nhttp:/)
  })
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
      '```sh',
      'npx engine sandbox --simulate 27',
      '```',
      '```ts',
      'const x = 1',
      '```',
    ].join('\n')
    expect(commandsOf(page)).toEqual([
      { line: 3, text: 'npm ci', left_out: expect.any(String), stays: false },
      { line: 3, text: 'npm start', left_out: null, stays: false },
      { line: 6, text: 'npx engine backtest --seed 7', left_out: null, stays: false },
      { line: 13, text: 'npm run --silent oracle -- --json', left_out: null, stays: false },
      { line: 16, text: 'npx engine sandbox --simulate 27', left_out: null, stays: true },
    ])
  })

  test('are proven or known: an unknown one is refused with its line', () => {
    expect(() => commandsOf('```sh\nnpm start\nmake install\n```')).toThrow(/^line 3: .*"make install"/)
  })
})
