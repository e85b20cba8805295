import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

/** A stop from outside, in the middle of a run: nothing half-written, what was there before is whole. */

const MAIN = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
const root = temporary()
const SMALL = join(root, 'small')

beforeAll(async () => {
  await smallDataset(SMALL)
})

/** The command in a process of its own, whose temporary files go to `scratch`. */
function start(argv: string[], scratch: string): ChildProcess {
  mkdirSync(scratch, { recursive: true })
  return spawn(process.execPath, [MAIN, ...argv], {
    stdio: 'pipe',
    env: { ...process.env, TMPDIR: scratch },
  })
}

async function ended(child: ChildProcess) {
  const text = { out: '', err: '' }
  child.stdout!.on('data', (piece) => {
    text.out += piece
  })
  child.stderr!.on('data', (piece) => {
    text.err += piece
  })
  const [code] = await once(child, 'close')
  return { code, ...text }
}

/** The work has begun: what it makes is being made beside its place. */
async function begun(folder: string, mark = '.part-'): Promise<void> {
  const watcher = watch(folder)
  try {
    if (readdirSync(folder).some((name) => name.includes(mark))) return
    for (;;) {
      const [, name] = await once(watcher, 'change')
      if (String(name).includes(mark)) return
    }
  } finally {
    watcher.close()
  }
}

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s in the middle of a run ends it with %d, one line and nothing left behind',
  async (signal, code) => {
    const folder = join(root, signal)
    const scratch = join(root, `${signal}-scratch`)
    mkdirSync(folder)
    const child = start(['backtest', '--out', join(folder, 'run'), '--json'], scratch)
    const done = ended(child)
    await begun(folder)
    child.kill(signal)
    const ran = await done
    expect(ran).toMatchObject({ code, out: '' })
    expect(oneObject(ran.err)).toMatchObject({ code: 'cli.stopped' })
    expect(readdirSync(folder)).toEqual([])
    expect(readdirSync(scratch)).toEqual([])
  },
)

test.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)(
  '%s in the middle of a query ends it with %d, and its file is not there',
  async (signal, code) => {
    const folder = join(root, `sql-${signal}`)
    const scratch = join(root, `sql-${signal}-scratch`)
    mkdirSync(folder)
    const countless = 'SELECT count(*) FROM range(100000000) a, range(100000) b WHERE a.range + b.range = -1'
    const child = start(['sql', countless, '--out', join(folder, 'count.csv')], scratch)
    const done = ended(child)
    await begun(folder, 'count.csv')
    child.kill(signal)
    const ran = await done
    expect(ran).toMatchObject({ code, out: '' })
    expect(ran.err).toContain(`stopped by ${signal}`)
    expect(readdirSync(folder)).toEqual([])
    expect(readdirSync(scratch)).toEqual([])
  },
)

test('an earlier run in its place is as it was', async () => {
  const folder = join(root, 'earlier')
  const out = join(folder, 'run')
  await json(['backtest', SMALL, '--out', out, '--no-report'])
  const before = readdirSync(out).map((name) => [name, readFileSync(join(out, name)).toString('base64')])
  const child = start(['backtest', '--out', out, '--json'], join(root, 'earlier-scratch'))
  const done = ended(child)
  await begun(folder)
  child.kill('SIGINT')
  expect((await done).code).toBe(130)
  expect(readdirSync(folder)).toEqual(['run'])
  expect(readdirSync(out).map((name) => [name, readFileSync(join(out, name)).toString('base64')])).toEqual(
    before,
  )
})

test('a replay that is stopped leaves no temporary files', async () => {
  const out = join(root, 'replayed')
  const scratch = join(root, 'replay-scratch')
  await json(['backtest', '--strategy', 'nothing', '--out', out, '--no-report'])
  mkdirSync(scratch)
  const child = start(['replay', out, '--json'], scratch)
  const done = ended(child)
  const watcher = watch(scratch)
  if (readdirSync(scratch).length === 0) await once(watcher, 'change')
  watcher.close()
  child.kill('SIGINT')
  expect(await done).toMatchObject({ code: 130, out: '' })
  expect(readdirSync(scratch)).toEqual([])
})

test('SIGINT ends a strategy that never returns, with one line and nothing left behind', async () => {
  const folder = join(root, 'endless')
  const scratch = join(root, 'endless-scratch')
  mkdirSync(folder)
  const file = join(root, 'endless.mjs')
  const mark = join(root, 'in-the-loop')
  writeFileSync(
    file,
    `import { writeFileSync } from 'node:fs'
    export const strategy = { name: 'endless', settings: {}, needs_model: false, init: () => ({}),
      on() { writeFileSync(${JSON.stringify(mark)}, ''); for (;;); } }`,
  )
  const child = start(
    ['backtest', SMALL, '--strategy', file, '--out', join(folder, 'run'), '--no-report'],
    scratch,
  )
  const done = ended(child)
  // Told by a file: a stop in the middle of a write to the terminal would take what is written there afterwards with it.
  while (!existsSync(mark)) await new Promise((resolve) => setTimeout(resolve, 5))
  child.kill('SIGINT')
  const ran = await done
  expect(ran.code).toBe(130)
  expect(ran.err).toMatch(/stopped by SIGINT/)
  expect(readdirSync(folder)).toEqual([])
  expect(readdirSync(scratch)).toEqual([])
})

test('SIGINT in the audit keeps the run, which was whole by then', async () => {
  const folder = join(root, 'audited')
  const scratch = join(root, 'audited-scratch')
  mkdirSync(folder)
  const child = start(['backtest', '--out', join(folder, 'run'), '--json'], scratch)
  const done = ended(child)
  await appears(folder, 'journal.csv')
  child.kill('SIGINT')
  const ran = await done
  expect(ran.code).toBe(130)
  expect(oneObject(ran.out)).toMatchObject({ audit: { failed: { code: 'audit.stopped' } } })
  expect(readdirSync(folder)).toEqual(['run'])
  expect(readdirSync(join(folder, 'run'))).toEqual(expect.arrayContaining(['run.json', 'report.html']))
})

/** A file is being made somewhere below a folder. */
async function appears(folder: string, name: string): Promise<void> {
  const watcher = watch(folder, { recursive: true })
  try {
    while (!readdirSync(folder, { recursive: true }).some((path) => String(path).endsWith(name)))
      await once(watcher, 'change')
  } finally {
    watcher.close()
  }
}
