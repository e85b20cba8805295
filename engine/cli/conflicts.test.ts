import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importChainlink1Hz } from '../../recorders/import/chainlink-1hz.ts'
import { marketLine, PRICE_HEADER, priceLine, usd, writeLines } from '../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { cli } from '../../test/fixtures/cli.ts'
import { settle } from '../runners/settle.ts'

const FIRST = 'btc-updown-5m-1780876800'

/** Windows whose series rises, but for seconds left out; the first with the official outcome given. */
async function dataset(folder: string, outcomePrices: string | null, absent: number[] = []): Promise<string> {
  const seconds = Array.from({ length: 1_300 }, (_, s) => s).filter((s) => !absent.includes(s))
  const prices = seconds.map((s) => priceLine(s, usd(63_000 + s)))
  const file = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...prices])
  const open = { umaResolutionStatus: 'proposed' }
  const lines = [
    marketLine(0, {}, outcomePrices === null ? open : { outcomePrices }),
    ...[1, 2, 3].map((i) => marketLine(i, { strike_value: null }, open)),
  ]
  const markets = await writeLines(join(folder, 'm.jsonl'), lines)
  const out = join(folder, 'out')
  await importChainlink1Hz([file], { out, markets })
  return out
}

const backtest = (dir: string, ...more: string[]) =>
  cli(['backtest', dir, '--strategy', 'nothing', '--fill', 'bbo', '--no-audit', '--no-report', ...more])

test('an official outcome against the series holds, is counted, and its window is named wherever a run is told', async () => {
  await inFolder(async (folder) => {
    const dir = await dataset(folder, '["0", "1"]')
    const { code, out, err } = await backtest(dir, '--out', join(folder, 'run'), '--json')
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({
      conflicts: 1,
      conflict_windows: [FIRST],
      windows: { recorded: 1, settlement: 3, stand_in: 0, unresolved: 0 },
    })
    const words = await backtest(dir, '--out', join(folder, 'again'))
    expect(words.out).toMatch(new RegExp(`^conflicts +1 +outcomes that the venue overruled: ${FIRST}$`, 'm'))
  })
})

test('without one there is none', async () => {
  await inFolder(async (folder) => {
    const dir = await dataset(folder, '["1", "0"]')
    const { out } = await backtest(dir, '--out', join(folder, 'run'), '--json')
    expect(JSON.parse(out)).toMatchObject({ conflicts: 0, conflict_windows: [], windows: { recorded: 1 } })
  })
})

test('a window is computable for a run and for `engine settle`, or for neither', async () => {
  await inFolder(async (folder) => {
    // The value at the end of the first window, that at the start of the third, and one of no consequence.
    const dir = await dataset(folder, null, [300, 599, 1_000])
    const { out } = await backtest(dir, '--out', join(folder, 'run'), '--json')
    const { computable, not_computable } = await settle(await openDataset(dir))
    expect(JSON.parse(out).windows).toMatchObject({ settlement: computable, recorded: 0, total: 4 })
    expect(computable).toBe(2)
    expect(not_computable.map(({ slug }) => slug)).toEqual([FIRST, 'btc-updown-5m-1780877100'])
  })
})
