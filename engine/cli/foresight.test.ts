import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importChainlink1Hz } from '../../recorders/import/chainlink-1hz.ts'
import { marketLine, PRICE_HEADER, priceLine, usd, writeLines } from '../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'
import { cli } from '../../test/fixtures/cli.ts'

test('the model is held against a causal naive one wherever a run is told, and said to be worse only where it is', async () => {
  await inFolder(async (folder) => {
    const seconds = Array.from({ length: 2_800 }, (_, s) => s)
    const prices = seconds.map((s) => priceLine(s, usd(63_000 + Math.round(40 * Math.sin(s / 50)))))
    const file = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...prices])
    const open = { umaResolutionStatus: 'proposed' }
    const lines = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => marketLine(i, { strike_value: null }, open))
    const markets = await writeLines(join(folder, 'm.jsonl'), lines)
    await importChainlink1Hz([file], { out: join(folder, 'out'), markets })
    const run = ['backtest', join(folder, 'out'), '--fill', 'bbo', '--no-audit', '--no-report']
    const told = async (name: string, ...more: string[]) => {
      const ran = await cli([...run, '--strategy', 'nothing', ...more, '--out', join(folder, name), '--json'])
      expect(ran.code, ran.err).toBe(0)
      return JSON.parse(ran.out).calibration
    }
    const found = await told('a')
    expect(found).toMatchObject({ model_used: false, level: 0.95 })
    // Ten returns of a minute come first: no window of the first ten minutes has a sample.
    expect(found.windows).toBeLessThanOrEqual(7)
    expect(found.samples).toBeGreaterThan(20)
    expect(found.difference).toBeCloseTo(found.brier_model - found.brier_naive, 12)
    expect(found.worse_than_naive).toBe(found.low > 0)
    // A volatility of nothing is sure of itself, and worse.
    const sure = await told('b', '--param', 'volatility.half_life_s=1', '--param', 'volatility.min_dt_s=1')
    expect(sure.brier_model).toBeGreaterThan(found.brier_model)
    const words = await cli([...run, '--strategy', 'nothing', '--out', join(folder, 'c')])
    expect(words.out).toMatch(/^model +0\.\d{4} +Brier score of q_up on .* naive 0\.\d{4}: difference /m)
    expect(words.out).toContain('this strategy does not use it')
  })
})
