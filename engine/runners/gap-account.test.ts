import { expect, test } from 'vitest'
import type { Market } from '../../core/events/index.ts'
import { SECOND } from '../../core/units/index.ts'
import type { Gap } from '../../recorders/tape/index.ts'
import { accountOf } from './gap-account.ts'
import type { Tape } from './tape.ts'

const s = (n: number) => n * SECOND
const market = (start: number, end: number) => ({ start_us: s(start), end_us: s(end) }) as Market
const gap = (of: number | null, from: number, to: number, reason = 'silence'): Gap => ({
  market: of,
  feed: 'clob_market',
  from_us: s(from),
  to_us: s(to),
  reason,
})
const tape = {
  instruments: { markets: [market(0, 300), market(300, 600)], instruments: [] },
  gaps: [
    gap(null, 10, 20),
    gap(0, 10, 20),
    gap(0, 100, 107),
    gap(1, 290, 306),
    gap(1, 400, 410, 'refused: not JSON'),
    gap(1, 590, 700),
    gap(1, 650, 700),
  ],
} as unknown as Tape
const seen = (of: number, from: number, to: number) => ({
  market: of,
  start_us: s(from),
  end_us: s(to),
  cause: 'silence',
})

test('the ledger’s silences of open markets are known; what no gap of the run meets was hidden from it', () => {
  const all = [seen(0, 10, 20), seen(0, 100, 107), seen(1, 300, 306), seen(1, 590, 600)]
  expect(accountOf(tape, all)).toEqual({
    known: { count: 4, seconds: 33 },
    hidden: { count: 0, seconds: 0 },
  })
  // As with a gap_s of eight seconds.
  expect(accountOf(tape, [all[0]!, all[3]!])).toEqual({
    known: { count: 4, seconds: 33 },
    hidden: { count: 2, seconds: 13 },
  })
  expect(accountOf(tape, []).hidden).toEqual({ count: 4, seconds: 33 })
})
