import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { cli, json, oneObject } from '../fixtures/cli.ts'
import { temporary } from '../fixtures/folders.ts'
import { smallDataset } from '../fixtures/synthetic-dataset.ts'

/** `engine audit` and the audit of `engine backtest`, as an outsider sees them. */

const root = temporary()
const SMALL = join(root, 'small')
const RUN = join(root, 'runs', 'plain')

/** The object of `engine audit --json`: names are fixed, more may be added. */
const AUDIT = z.looseObject({
  cells: z
    .array(
      z.looseObject({
        fill: z.enum(['queue-optimistic', 'queue-neutral', 'queue-pessimistic']),
        latency_ms: z.union([0, 50, 100, 250, 500, 1000].map((ms) => z.literal(ms))),
        net_pnl_usdc: z.number(),
        fills: z.int().min(0),
      }),
    )
    .length(18),
  depends_on: z.string().regex(/^[A-Z].*\.$/),
  controls: z.array(z.looseObject({ strategy: z.string(), net_pnl_usdc: z.number() })),
})

beforeAll(async () => {
  await smallDataset(SMALL, { windows: 1 })
  await json(['backtest', SMALL, '--out', RUN, '--no-report'])
})

describe('engine audit', () => {
  test('prints one object of the fixed shape, keeps it in the run folder and leaves nothing else there', async () => {
    const before = readdirSync(RUN)
    const made = AUDIT.parse(await json(['audit', RUN]))
    expect(made.controls.map(({ strategy }) => strategy).sort()).toEqual(['nothing', 'random'])
    expect(JSON.parse(readFileSync(join(RUN, 'audit.json'), 'utf8'))).toEqual(made)
    expect(readdirSync(RUN).sort()).toEqual([...before, 'audit.json'].sort())
  })

  test('without --json shows the sentence, every net and which cell is the run', async () => {
    const ran = await cli(['audit', RUN])
    expect(ran).toMatchObject({ code: 0, err: '' })
    const made = AUDIT.parse(JSON.parse(readFileSync(join(RUN, 'audit.json'), 'utf8')))
    expect(ran.out.startsWith(`${made.depends_on}\n`)).toBe(true)
    for (const cell of made.cells) expect(ran.out).toContain(cell.net_pnl_usdc.toFixed(2))
    const own = made.cells.find((cell) => cell.fill === 'queue-pessimistic' && cell.latency_ms === 50)!
    expect(ran.out).toContain(`* ${own.net_pnl_usdc.toFixed(2)}`)
    expect(ran.out).toContain('* the run itself: queue-pessimistic, 50 ms to the venue, 50 ms back')
  })

  test('--strategy audits another one on the same datasets, with its own parameters, and keeps nothing', async () => {
    const out = join(root, 'runs', 'other')
    await json(['backtest', SMALL, '--out', out, '--no-report'])
    const plain = await json(['audit', out, '--strategy', 'random'])
    expect(plain.run).toMatchObject({ strategy: 'random' })
    const wild = await json(['audit', out, '--strategy', 'random', '--param', 'strategy.hold_s=1'])
    expect(wild.cells).not.toEqual(plain.cells)
    expect(existsSync(join(out, 'audit.json'))).toBe(false)
    const same = await json([
      'backtest',
      SMALL,
      '--strategy',
      'random',
      '--no-report',
      '--out',
      join(root, 'r'),
    ])
    expect(plain.run).toMatchObject({ net_pnl_usdc: same.net_pnl_usdc, fills: same.fills })
  })

  test('refuses a run whose figures its own assumptions do not give', async () => {
    const out = join(root, 'runs', 'forged')
    await json(['backtest', SMALL, '--out', out, '--no-report'])
    const path = join(out, 'run.json')
    const file = JSON.parse(readFileSync(path, 'utf8')) as { net_pnl_usdc: number }
    writeFileSync(path, JSON.stringify({ ...file, net_pnl_usdc: file.net_pnl_usdc + 100 }))
    const ran = await cli(['audit', out, '--json'])
    expect(ran).toMatchObject({ code: 1, out: '' })
    expect(oneObject(ran.err)).toMatchObject({ code: 'audit.own_cell', field: 'net_pnl_usdc' })
    expect(existsSync(join(out, 'audit.json'))).toBe(false)
  })
})

describe('engine backtest', () => {
  test('keeps the audit of its report in the run folder, and says what it comes to', async () => {
    const out = join(root, 'runs', 'audited')
    const result = await json(['backtest', SMALL, '--out', out])
    const made = AUDIT.parse(JSON.parse(readFileSync(join(out, 'audit.json'), 'utf8')))
    expect(result.audit).toMatchObject({ depends_on: made.depends_on })
    const own = made.cells.find((cell) => cell.fill === 'queue-pessimistic' && cell.latency_ms === 50)!
    expect({ net: own.net_pnl_usdc, fills: own.fills }).toEqual({
      net: result.net_pnl_usdc,
      fills: result.fills,
    })
    const page = readFileSync(join(out, 'report.html'), 'utf8')
    expect(page.includes(made.depends_on.slice(0, -1))).toBe(true)
  })

  test('--no-audit makes none, and the report says so', async () => {
    const out = join(root, 'runs', 'unaudited')
    const result = await json(['backtest', SMALL, '--out', out, '--no-audit'])
    expect(result.audit).toBeUndefined()
    expect(existsSync(join(out, 'audit.json'))).toBe(false)
    expect(readFileSync(join(out, 'report.html'), 'utf8').includes('No audit was made of this run')).toBe(
      true,
    )
  })

  test('stopped while it audits keeps the run, which was whole by then, and says so', async () => {
    const out = join(root, 'stopped', 'run')
    const controller = new AbortController()
    const ran = await cli(['backtest', SMALL, '--out', out], {
      signal: controller.signal,
      progress: (_total, label) => ({
        update: () => {
          if (label === 'audit') controller.abort(new DOMException('enough', 'AbortError'))
        },
        stop() {},
      }),
    })
    expect(ran.code).toBe(130)
    expect(ran.out).toContain('audit      none: stopped before it was done')
    expect(existsSync(join(out, 'run.json'))).toBe(true)
    expect(readdirSync(join(root, 'stopped'))).toEqual(['run'])
  })

  test('keeps a run whose audit fails, and report and output say why', async () => {
    const file = join(root, 'forgetful.ts')
    writeFileSync(
      file,
      `let decisions = 0
      export const strategy = {
        name: 'forgetful', settings: {}, needs_model: false, init: () => null,
        on() { if (++decisions > 3000) throw new Error('enough of it') },
      }`,
    )
    const out = join(root, 'runs', 'failing')
    const ran = await cli(['backtest', SMALL, '--strategy', file, '--out', out])
    expect(ran).toMatchObject({ code: 0, err: '' })
    expect(ran.out).toMatch(/audit {6}none: strategy forgetful, \S+ at \S+: Error: enough of it/)
    expect(readFileSync(join(out, 'report.html'), 'utf8').includes('enough of it')).toBe(true)
  })
})
