import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { importers } from '../../../recorders/import/index.ts'
import {
  JUNE_S,
  marketLine,
  PRICE_HEADER,
  priceLine,
  usd,
  writeLines,
} from '../../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../../recorders/tape/fixtures.ts'
import { verifyDataset } from '../../../recorders/tape/index.ts'
import { capture } from '../capture.ts'
import { Stopped } from '../errors.ts'
import type { Io } from '../io.ts'
import { runCli } from '../run.ts'

async function run(argv: readonly string[], io: Partial<Io> = {}) {
  const kept = capture(io)
  const code = await runCli(argv, kept.io)
  return { code, out: kept.out(), err: kept.err() }
}

/** A small recording in a folder: prices with two bad rows, and a file of metadata. */
async function recording(folder: string): Promise<void> {
  const lines = Array.from({ length: 400 }, (_, s) => priceLine(s, usd(63_000 + s)))
  await writeLines(join(folder, 'BTCUSD-a.csv'), [
    PRICE_HEADER,
    ...lines.slice(0, 10),
    'x',
    ...lines.slice(20),
    'x',
  ])
  await writeLines(join(folder, 'm.jsonl'), [
    marketLine(0),
    marketLine(1, {}, { umaResolutionStatus: 'proposed' }),
  ])
}

/** Run `engine import chainlink-1hz` in a folder with that recording. */
async function imported(
  more: readonly string[],
  look: (ran: Awaited<ReturnType<typeof run>>, folder: string) => void | Promise<void>,
  io: Partial<Io> = {},
): Promise<void> {
  await inFolder(async (folder) => {
    await recording(folder)
    const argv = [
      'import',
      'chainlink-1hz',
      'BTCUSD-a.csv',
      '--markets',
      'm.jsonl',
      '--out',
      'sets/june',
      ...more,
    ]
    await look(await run(argv, { ...io, cwd: folder }), folder)
  })
}

describe('engine import', () => {
  test('answers with one object: rows, refusals, windows by class, gaps, what was inferred', async () => {
    await imported(['--json'], async ({ code, out, err }, folder) => {
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const answer = JSON.parse(out)
      const dir = join(folder, 'sets', 'june')
      const { dataset_hash } = await verifyDataset(dir)
      expect(answer).toMatchObject({
        out: dir,
        dataset_hash,
        rows_read: 392,
        events: 390 + 2 + 1,
        refused: [
          { reason: 'another number of cells than the header', count: 2, first: 'BTCUSD-a.csv row 10' },
        ],
        windows: { total: 2, recorded: 1, settlement: 0, inferred_from_book: 0, unresolved: 1 },
        gaps: { count: 1, seconds: 11 },
      })
      expect(answer.inferred).toContainEqual({
        what: 'when an outcome was known',
        how: expect.stringMatching(/./),
        agreement: '1 of 1',
      })
    })
  })

  test('tells a person the same in a table, with the first row of each refusal', async () => {
    await imported([], ({ out }) => {
      expect(out).toMatch(/^rows read +392$/m)
      expect(out).toMatch(/^windows +2: 1 recorded, 0 by settlement series, 0 by book, 1 unresolved$/m)
      expect(out).toMatch(/^gaps +1 of the feed, 11 s; 0 of single markets, 0 s$/m)
      expect(out).toMatch(/^another number of cells than the header +2 +BTCUSD-a.csv row 10$/m)
      expect(out).toMatch(/^inferred: when an outcome was known \(1 of 1\)$/m)
    })
  })

  test('shows how far it is: rows read of all rows', async () => {
    const seen: [number, number][] = []
    const progress = (total: number) => ({ update: (done: number) => seen.push([done, total]), stop() {} })
    await imported([], () => expect(seen.at(-1)).toEqual([392, 392]), { progress })
  })

  test('stopped by a signal it leaves nothing half-written', async () => {
    const controller = new AbortController()
    const progress = () => {
      controller.abort(new Stopped('SIGINT'))
      return { update() {}, stop() {} }
    }
    await imported(
      ['--json'],
      async ({ code, out, err }, folder) => {
        expect({ code, out }).toEqual({ code: 130, out: '' })
        expect(JSON.parse(err)).toMatchObject({ code: 'cli.stopped' })
        expect((await readdir(folder, { recursive: true })).sort()).toEqual(['BTCUSD-a.csv', 'm.jsonl'])
      },
      { signal: controller.signal, progress },
    )
  })

  test('does not write over a dataset', async () => {
    await imported([], async (_, folder) => {
      const again = await run(['import', 'chainlink-1hz', 'BTCUSD-a.csv', '--out', 'sets/june', '--json'], {
        cwd: folder,
      })
      expect(again.code).toBe(1)
      expect(JSON.parse(again.err)).toMatchObject({ code: 'tape.exists' })
    })
  })

  test.each([
    [['import'], 2, 'usage.kind'],
    [['import', 'tea-leaves', 'a.csv', '--out', 'x', '--depth', '3'], 2, 'usage.kind'],
    [['import', 'chainlink-1hz', '--out', 'x'], 2, 'usage.missing_argument'],
    [['import', 'chainlink-1hz', 'BTCUSD-a.csv'], 2, 'usage.missing_mandatory_option_value'],
    [['import', 'chainlink-1hz', 'BTCUSD-a.csv', '--out', 'x', '--klines', 'y'], 2, 'usage.unknown_option'],
    [['import', 'clob-l2', 'a.parquet', '--out', 'x', '--from', 'noon'], 2, 'usage.time'],
    [['import', 'chainlink-1hz', 'BTCUSD-none.csv', '--out', 'x'], 1, 'import.file'],
    [['import', 'clob-l2', 'none.parquet', '--out', 'x'], 1, 'import.file'],
    [['import', 'btc15m-1hz', 'BTCUSD-a.csv', '--out', 'x'], 1, 'import.column'],
  ])('%j ends with %d and %s, and leaves nothing', async (argv, exit, code) => {
    await inFolder(async (folder) => {
      await recording(folder)
      const result = await run([...argv, '--json'], { cwd: folder })
      expect(result.code).toBe(exit)
      expect(result.out).toBe('')
      expect(JSON.parse(result.err)).toMatchObject({ code, fix: expect.stringMatching(/./) })
      expect((await readdir(folder)).sort()).toEqual(['BTCUSD-a.csv', 'm.jsonl'])
    })
  })

  test('an unknown kind is answered with those there are', async () => {
    const { err } = await run(['import', 'tea-leaves'])
    for (const { kind } of importers) expect(err).toContain(kind)
  })

  test('its help lists the kinds; that of a kind its options, its traps and an example', async () => {
    const { out } = await run(['import', '--help'])
    for (const { kind } of importers) expect(out).toContain(kind)
    for (const { kind, options, traps, example } of importers) {
      const help = (await run(['import', kind, '--help'])).out
      for (const name of Object.keys(options)) expect(help).toContain(`--${name} <`)
      expect(traps.length).toBeGreaterThan(0)
      for (const trap of traps) expect(help).toContain(`  - ${trap}`)
      expect(help).toContain(`$ engine import ${kind} ${example}`)
    }
  })
})

describe('a dataset of the touch without a reference', () => {
  const clock = (s: number) => new Date((JUNE_S + s) * 1_000).toISOString().slice(0, 19).replace('T', ' ')
  const header =
    'Timestamp,TargetTime,Expiration,UpBid,UpAsk,UpBidLiquidity,UpAskLiquidity,DownBid,DownAsk,DownBidLiquidity,DownAskLiquidity'
  const poll = (s: number) =>
    [clock(s), clock(0), clock(900), 0.47, 0.48, 10, 10, 0.52, 0.53, 10, 10].join(',')

  test.each([
    [['--fill', 'queue-pessimistic', '--strategy', 'nothing'], 'dataset.no_depth'],
    [['--fill', 'queue-neutral', '--strategy', 'nothing'], 'dataset.no_depth'],
    [['--fill', 'queue-optimistic', '--strategy', 'nothing'], 'dataset.no_depth'],
    [['--fill', 'depth', '--strategy', 'nothing'], 'dataset.no_depth'],
    [['--fill', 'bbo', '--strategy', 'market-maker'], 'dataset.no_reference'],
  ])('is refused where more is needed: %j, %s', async (flags, code) => {
    await inFolder(async (folder) => {
      await writeLines(join(folder, 'm.csv'), [header, ...Array.from({ length: 100 }, (_, s) => poll(s))])
      await writeLines(join(folder, 'o.csv'), [
        'timestamp,btc_open,btc_close',
        `${JUNE_S},1,2`,
        `${JUNE_S + 900},1,2`,
      ])
      const made = await run(['import', 'btc15m-1hz', 'm.csv', '--outcomes', 'o.csv', '--out', 'set'], {
        cwd: folder,
      })
      expect(made.code).toBe(0)
      const out = join(folder, 'run')
      const result = await run(['backtest', join(folder, 'set'), ...flags, '--out', out, '--json'], {
        cwd: folder,
      })
      expect(result.code).toBe(1)
      expect(JSON.parse(result.err)).toMatchObject({ code })
      expect(await readdir(folder)).not.toContain('run')
    })
  })

  test('can be run where the touch is enough', async () => {
    await inFolder(async (folder) => {
      await writeLines(join(folder, 'm.csv'), [header, ...Array.from({ length: 100 }, (_, s) => poll(s))])
      await run(['import', 'btc15m-1hz', 'm.csv', '--out', 'set'], { cwd: folder })
      const flags = ['--fill', 'bbo', '--strategy', 'nothing', '--no-report', '--out', join(folder, 'run')]
      const { code, out, err } = await run(['backtest', join(folder, 'set'), ...flags, '--json'], {
        cwd: folder,
      })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      expect(JSON.parse(out)).toMatchObject({ events: 2 + 1 + 99 * 2, windows: { total: 1 } })
    })
  })
})
