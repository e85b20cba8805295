import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { COLUMNS, type Columns, Flag, Kind, slice } from '../../../core/events/index.ts'
import { openDataset, readColumns, verifyDataset } from '../../../recorders/tape/index.ts'
import { temporary } from '../../../test/fixtures/folders.ts'
import { writeSynthetic } from '../../../test/fixtures/synthetic-dataset.ts'
import { JUNE, type SyntheticTape, syntheticTape } from '../../../test/fixtures/synthetic-tape.ts'
import { openTape, type Tape } from '../tape.ts'
import { unfold } from './unfolding.ts'

const root = temporary()
let made: SyntheticTape
let tape: Tape

beforeAll(async () => {
  made = syntheticTape({ seed: 4, trades: true, rate: 8, windows: 2 })
  const { markets } = made.instruments
  await writeSynthetic(join(root, 'tape'), made, {
    gaps: [{ market: 0, feed: 'clob', from_us: JUNE + 10e6, to_us: JUNE + 20e6, reason: 'silence' }],
    tail: {
      resolutions: markets.map((one, market) => ({
        market,
        up_payout: market === 0 ? 10_000 : 0,
        known_us: one.end_us + 5e6,
        class: 'recorded',
      })),
    },
  })
  tape = await openTape([join(root, 'tape')])
})

/** Rows of a folder as they lie there, copied. */
async function rowsIn(dir: string): Promise<Columns> {
  const parts: Columns[] = []
  for await (const columns of readColumns(await openDataset(dir), { cache: false })) {
    parts.push(structuredClone(slice(columns, 0, columns.length)))
  }
  const whole = { length: parts.reduce((sum, part) => sum + part.length, 0) } as Columns
  for (const [name] of COLUMNS) {
    ;(whole as Record<string, unknown>)[name] = Float64Array.from(parts.flatMap((part) => [...part[name]]))
  }
  return whole
}

/** Values of a tape's rows, as numbers. */
function plain(columns: Columns, from: number, to: number): Record<string, number[]> {
  return Object.fromEntries(COLUMNS.map(([name]) => [name, [...columns[name].subarray(from, to)]]))
}

/** The row where a message ends, at or after a row. */
function boundary(row: number): number {
  let at = row
  while (at < made.columns.length && (made.columns.flags[at - 1]! & Flag.LAST) === 0) at++
  return at
}

describe.each(['cut', 'perturbed'] as const)('a dataset that unfolds, its future %s', (future) => {
  test('holds at each moment the rows until then, whole messages, and nothing of what really comes', async () => {
    const dir = join(root, future)
    const unfolding = await unfold(dir, tape, future, 3)
    const total = made.columns.length
    for (const part of [0.001, 0.2, 0.2, 0.201, 0.5, 0.97]) {
      const event = boundary(Math.ceil(part * total))
      const time_us = made.columns.local_us[event - 1]!
      const rows = await unfolding.reveal(event, time_us)
      expect(rows - event).toBeLessThan(100)
      expect(rows).toBe(boundary(rows))
      // What comes after is later, so that it cannot have been known.
      if (rows < total) expect(made.columns.local_us[rows]!).toBeGreaterThan(time_us)
      const found = await rowsIn(dir)
      expect(plain(found, 0, rows)).toEqual(plain(made.columns, 0, rows))
      if (future === 'cut') expect(found.length).toBe(rows)
      else if (rows < total) {
        expect(found.length).toBeGreaterThan(rows)
        expect(found.local_us[rows]!).toBeGreaterThan(time_us)
        for (const name of ['price', 'size', 'local_us'] as const) {
          const other = [...found[name].subarray(rows)]
          expect(other).not.toEqual([...made.columns[name].subarray(rows, found.length)])
        }
      }
      const { rows: checked } = await verifyDataset(dir)
      expect(checked).toBe(found.length)
    }
    expect(await unfolding.revealAll()).toBe(total)
    await unfolding.close()
    const whole = await rowsIn(dir)
    expect(plain(whole, 0, total)).toEqual(plain(made.columns, 0, total))
    const { manifest } = await openDataset(dir)
    expect(manifest.dataset_hash).toBe(tape.dataset_hash)
    expect(manifest.counts).toEqual(tape.datasets[0]!.manifest.counts)
  })

  test('tells outcomes and gaps when they are known, not before', async () => {
    const dir = join(root, `${future}-side`)
    const unfolding = await unfold(dir, tape, future, 3)
    const read = (name: string) => JSON.parse(readFileSync(join(dir, name), 'utf8')) as unknown[]
    const moment = async (time_us: number) => {
      const row = made.columns.local_us.subarray(0, made.columns.length).findIndex((us) => us > time_us)
      await unfolding.reveal(row, time_us)
    }
    await moment(JUNE + 15e6)
    expect(read('gaps.json')).toEqual([])
    expect(read('resolutions.json').map((one) => (one as { up_payout: number }).up_payout)).toEqual(
      future === 'cut' ? [] : [0, 10_000],
    )
    await moment(made.instruments.markets[0]!.end_us + 6e6)
    expect(read('gaps.json')).toHaveLength(1)
    expect(read('resolutions.json').map((one) => (one as { up_payout: number }).up_payout)).toEqual(
      future === 'cut' ? [10_000] : [10_000, 10_000],
    )
    await unfolding.close()
  })
})

test('another future moves references, mirrors books and trades, and keeps kinds, instruments and messages', async () => {
  const dir = join(root, 'other')
  const unfolding = await unfold(dir, tape, 'perturbed', 9)
  const rows = await unfolding.reveal(boundary(500), made.columns.local_us[boundary(500) - 1]!)
  await unfolding.close()
  const found = await rowsIn(dir)
  for (let i = rows; i < found.length; i++) {
    for (const name of ['kind', 'instrument', 'flags', 'feed', 'seq'] as const) {
      expect(found[name][i]).toBe(made.columns[name][i])
    }
    const [was, is] = [made.columns.price[i]!, found.price[i]!]
    if (found.kind[i] === Kind.ORACLE) {
      expect(Math.abs(is / was - 1)).toBeGreaterThan(0.0009)
      expect(Math.abs(is / was - 1)).toBeLessThan(0.021)
    } else expect(is).toBe(10_000 - was)
  }
})
