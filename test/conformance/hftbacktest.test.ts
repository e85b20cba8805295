import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HFTBACKTEST, PYTHON_ENV, pythonOf } from '../../bench/side-by-side/environment.ts'
import { Kind, type Outcome } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { exportHftbacktest } from '../../recorders/hftbacktest/index.ts'
import { replayBooks } from '../../recorders/import/fixtures.ts'
import { findImporter } from '../../recorders/import/index.ts'
import { SHIPPED } from '../../recorders/import/shipped.ts'
import { rowsOf } from '../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { type Dataset, openDataset, readColumns } from '../../recorders/tape/index.ts'

/** Messages that seem received before they were sent, and one event that came too late for its place. */
const MARKET = 'btc-updown-5m-1776258000'
const STEP_S = 5

type Step = { at_ns: string; bid: [number, number]; ask: [number, number] }

test('hftbacktest itself reads an event file of ours: the same touch at every step; and we read what numpy writes', () =>
  inFolder(async (folder) => {
    const files = ['ours', 'stored', 'deflated'].map((name) => join(folder, `${name}.npz`)) as [
      string,
      string,
      string,
    ]
    const dataset = await openDataset(SHIPPED.dir)
    const told = await exportHftbacktest(dataset, { market: MARKET, out: files[0] })
    const script = join(import.meta.dirname, '../fixtures/hftbacktest_book.py')
    // The Python of the side-by-side comparison, with the hftbacktest of PyPI; made where pip can.
    const answer = execFileSync(
      pythonOf(HFTBACKTEST),
      [script, files[0], String(STEP_S), files[1], files[2]],
      {
        encoding: 'utf8',
        env: { ...process.env, ...PYTHON_ENV },
      },
    )
    const { events, steps } = JSON.parse(answer.trim().split('\n').at(-1)!) as {
      events: number
      steps: Step[]
    }
    expect(events).toBe(told.records)
    expect(steps.length).toBeGreaterThan(50)

    const back = join(folder, 'back')
    await findImporter('hftbacktest').run([files[0]], {}, { out: back })
    expect(steps.map(touch)).toEqual(await touches(dataset, steps, told.local_shift_us))

    const before = await said(back)
    for (const file of files.slice(1)) {
      const dir = `${file}.dataset`
      const report = await findImporter('hftbacktest').run([file], { market: MARKET }, { out: dir })
      expect(report).toMatchObject({ rows_read: told.records, events: told.events, refused: [] })
      expect(await said(dir)).toEqual(
        before.map(([local_us, ...rest]) => [local_us! + told.local_shift_us, ...rest]),
      )
    }
  }))

/** A touch in ticks and micro-shares; empty sides as null. */
function touch({ bid, ask }: Step) {
  const side = ([tick, qty]: [number, number]) => (qty > 0 ? [tick, Math.round(qty * 1e6)] : null)
  return { bid: side(bid), ask: side(ask) }
}

/** What the dataset's own book shows at the same times, in the terms of Up. */
async function touches(dataset: Dataset, steps: readonly Step[], shift_us: number) {
  const { markets, instruments } = dataset.instruments
  const outcomes = new Map<string, Outcome>()
  for (const one of instruments)
    if (one.kind === 'token' && markets[one.market]!.slug === MARKET) outcomes.set(one.token_id, one.outcome)
  const found: { bid: number[] | null; ask: number[] | null }[] = []
  let now: (typeof found)[number] = { bid: null, ask: null }
  const until = (local_us: number) => {
    while (
      found.length < steps.length &&
      Number(BigInt(steps[found.length]!.at_ns) / 1_000n) - shift_us < local_us
    )
      found.push(now)
  }
  for await (const replayed of replayBooks(readColumns(dataset, { cache: false }), dataset.instruments)) {
    const outcome = outcomes.get(replayed.token_id)
    if (outcome === undefined) continue
    until(replayed.local_us)
    const { bids, asks } = replayed.book
    now =
      outcome === 'up'
        ? { bid: best(bids, Math.max), ask: best(asks, Math.min) }
        : { bid: turned(best(asks, Math.min)), ask: turned(best(bids, Math.max)) }
  }
  until(Number.POSITIVE_INFINITY)
  return found
}

function best(side: ReadonlyMap<number, number>, pick: (...prices: number[]) => number): number[] | null {
  if (side.size === 0) return null
  const price = pick(...side.keys())
  return [price, side.get(price)!]
}

function turned(level: number[] | null): number[] | null {
  return level === null ? null : [ONE - level[0]!, level[1]!]
}

/** Level changes and trades of a tape, without the messages that they came in. */
async function said(dir: string) {
  const rows = await rowsOf(dir)
  return rows
    .filter(({ kind }) => kind === Kind.LEVEL || kind === Kind.TRADE)
    .map(({ local_us, exch_us, kind, side, price, size }) => [local_us, exch_us, kind, side, price, size])
}
