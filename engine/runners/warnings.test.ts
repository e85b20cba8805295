import { expect, test } from 'vitest'
import { warningsOf } from './warnings.ts'

const tape = (from: string, to: string, windows: readonly [number, number][]) =>
  ({
    instruments: {
      instruments: [],
      markets: windows.map(([start_us, end_us]) => ({ start_us, end_us, fee: null })),
    },
    datasets: [{ manifest: { time_range: { from, to }, counts: { kinds: {} } } }],
  }) as never

const schedule = (exponent: number) => ({ rate_ppm: 50_000, exponent, taker_only: true })

const MAY = Date.UTC(2026, 4, 1) * 1_000
const MINUTE = 60e6

test('windows that all lie outside of the tape are told, and one inside is enough', () => {
  const [from, to] = ['2026-05-01T00:00:00Z', '2026-05-01T01:00:00Z']
  const before: [number, number] = [MAY - 10 * MINUTE, MAY - 5 * MINUTE]
  const inside: [number, number] = [MAY + 10 * MINUTE, MAY + 15 * MINUTE]
  expect(warningsOf(tape(from, to, [before, before]))).toEqual([
    expect.stringMatching(/^all 2 windows lie outside/),
  ])
  expect(warningsOf(tape(from, to, [before, inside]))).toEqual([])
  expect(warningsOf(tape(from, to, []))).toEqual([])
})

test('markets whose fees cannot be computed are named, ten of them', () => {
  const one = tape('2026-05-01T00:00:00Z', '2026-05-01T01:00:00Z', []) as {
    instruments: { markets: object[] }
  }
  const market = (slug: string, fee: object | null) => ({
    slug,
    fee,
    start_us: MAY,
    end_us: MAY + 5 * MINUTE,
  })
  const said = (markets: object[]) => warningsOf({ ...one, instruments: { markets } } as never)
  expect(said([market('a', null), market('b', schedule(0.5)), market('c', schedule(2))])).toEqual([])
  expect(said([market('a', schedule(0.3)), market('b', schedule(1)), market('c', schedule(-1))])).toEqual([
    expect.stringMatching(/^not traded, .* computed: a, c$/),
  ])
  const many = Array.from({ length: 12 }, (_, i) => market(`m${i}`, schedule(0.3)))
  expect(said(many)[0]).toMatch(/m9 and 2 more$/)
})
