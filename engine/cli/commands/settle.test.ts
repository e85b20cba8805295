import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { importChainlink1Hz } from '../../../recorders/import/chainlink-1hz.ts'
import { SHIPPED } from '../../../recorders/import/shipped.ts'
import {
  marketLine,
  PRICE_HEADER,
  priceLine,
  RECORDINGS,
  usd,
  writeLines,
} from '../../../recorders/import/text-fixtures.ts'
import { inFolder } from '../../../recorders/tape/fixtures.ts'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

async function run(...argv: string[]) {
  const { io, out, err } = capture()
  const code = await runCli(argv, io)
  return { code, out: out(), err: err() }
}

/** A dataset of one window that goes up, with the outcome given. */
async function dataset(folder: string, outcomePrices: string): Promise<string> {
  const lines = Array.from({ length: 400 }, (_, s) => priceLine(s, usd(63_000 + s)))
  const file = await writeLines(join(folder, 'BTCUSD-a.csv'), [PRICE_HEADER, ...lines])
  const markets = await writeLines(join(folder, 'm.jsonl'), [
    marketLine(0, {}, { outcomePrices }),
    marketLine(1),
  ])
  await importChainlink1Hz([file], { out: join(folder, 'out'), markets })
  return join(folder, 'out')
}

test('all outcomes as the series says: exit 0, one object, what is not computable listed for people', async () => {
  await inFolder(async (folder) => {
    const dir = await dataset(folder, '["1", "0"]')
    const { code, out, err } = await run('settle', dir, '--json')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(JSON.parse(out)).toMatchObject({ windows: 2, computable: 1, agree: 1, disagree: [] })
    const words = await run('settle', dir)
    expect(words.out).toMatch(/^agree +1 of 1$/m)
    expect(words.out).toMatch(/^btc-updown-5m-1780877100 +the series has no value at the end/m)
  })
})

test('an outcome that the series contradicts: exit 1, and named', async () => {
  await inFolder(async (folder) => {
    const dir = await dataset(folder, '["0", "1"]')
    const { code, out } = await run('settle', dir, '--json')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ computable: 1, agree: 0, disagree: ['btc-updown-5m-1780876800'] })
    expect((await run('settle', dir)).out).toMatch(/^disagree$(\s|─)+^btc-updown-5m-1780876800$/m)
  })
})

test('without official outcomes nothing is compared, and that is said', async () => {
  const { code, out } = await run('settle', SHIPPED.dir)
  expect(code).toBe(0)
  expect(out).toMatch(/^computable +33$/m)
  expect(out).toMatch(/^agree +–$/m)
  expect(out).toContain('Nothing was compared: the dataset has no official outcome.')
})

test.each([
  [['settle'], 2, 'usage.missing_argument'],
  [['settle', 'nowhere'], 1, 'tape.missing'],
  [['settle', SHIPPED.dir, '--max-age', 'old'], 2, 'usage.option'],
])('%j ends with %d and %s', async (argv, exit, code) => {
  const result = await run(...argv, '--json')
  expect(result.code).toBe(exit)
  expect(result.out).toBe('')
  expect(JSON.parse(result.err)).toMatchObject({ code, fix: expect.stringMatching(/./) })
})

const DAY = join(RECORDINGS, 'chainlink-1hz-2026-06-08')
if (!existsSync(DAY)) console.warn(`skipped: settling a recorded day, which is not at ${DAY}`)
test.skipIf(!existsSync(DAY))(
  'a recorded day: 280 of 280 computable windows as the venue settled them',
  async () => {
    await inFolder(async (folder) => {
      const out = join(folder, 'june')
      const files = [
        join(DAY, 'BTCUSD-prices-2026-06-08.csv.gz'),
        '--markets',
        join(DAY, 'BTC-5m-markets-2026-06-08.jsonl.gz'),
      ]
      expect((await run('import', 'chainlink-1hz', ...files, '--out', out)).code).toBe(0)
      const { code, out: text } = await run('settle', out, '--json')
      expect(code).toBe(0)
      expect(JSON.parse(text)).toMatchObject({
        windows: 292,
        computable: 280,
        official: 292,
        compared: 280,
        agree: 280,
        disagree: [],
        strikes: { stated: 288, compared: 284, equal: 284 },
      })
    })
  },
)
