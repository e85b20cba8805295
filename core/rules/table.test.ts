import { describe, expect, test } from 'vitest'
import { readTable } from './index.ts'
import source from './rules.json' with { type: 'json' }

type Json = typeof source

function broken(change: (table: Json) => void): () => unknown {
  const copy = structuredClone(source) as Json
  change(copy)
  return () => readTable(copy)
}

describe('the table', () => {
  test('that ships is whole', () => {
    expect(() => readTable(source)).not.toThrow()
  })

  test.each<[string, (t: Json) => void, RegExp]>([
    ['a hole', (t) => t.taker_hold_ms.records.splice(2, 1), /taker_hold_ms record 2: a hole/],
    [
      'an overlap',
      (t) => {
        Reflect.set(t.settlement.records[1]!, 'from', '2026-08-06T00:00:00Z')
      },
      /settlement of 15m record 1: it overlaps/,
    ],
    ['a series without records', (t) => t.settlement.records.pop(), /settlement of 1d/],
    [
      'a hole in one series only',
      (t) => {
        Reflect.set(t.fee.records[0]!, 'series', ['5m', '15m', '1h', '4h'])
      },
      /fee of 1d record 0: a hole/,
    ],
    ['disorder', (t) => t.fee.charged_in.records.reverse(), /charged_in record 0/],
    [
      'no beginning',
      (t) => {
        Reflect.set(t.taker_hold_ms.records[0]!, 'from', '2020-01-01T00:00:00Z')
      },
      /taker_hold_ms record 0: a hole/,
    ],
    ['no end', (t) => t.taker_hold_ms.records.pop(), /the last record must have no end/],
    [
      'an end before the beginning',
      (t) => {
        Reflect.set(t.taker_hold_ms.records[1]!, 'until', t.taker_hold_ms.records[1]!.from)
      },
      /ends before it begins/,
    ],
    [
      'an unknown series',
      (t) => {
        t.fee.records[0]!.series.push('1w')
      },
      /unknown series 1w/,
    ],
    [
      'a rate above 1',
      (t) => {
        Reflect.set(t.fee.records[1]!, 'rate', 7)
      },
      /no share of 1/,
    ],
    [
      'a rate finer than 1e-6',
      (t) => {
        Reflect.set(t.fee.records[1]!, 'rate', 0.1234567)
      },
      /more than 6 decimals/,
    ],
    [
      'a rate that is text',
      (t) => {
        Reflect.set(t.fee.records[1]!, 'rate', '0.07')
      },
      /is no amount/,
    ],
    [
      'an exponent that is not computed',
      (t) => {
        Reflect.set(t.fee.records[1]!, 'exponent', 0.5)
      },
      /no whole number from 1 to 2/,
    ],
    [
      'a hold of a day',
      (t) => {
        Reflect.set(t.taker_hold_ms.records[0]!, 'ms', 86_400_000)
      },
      /no whole number/,
    ],
    [
      'a TWAP without look-back',
      (t) => {
        Reflect.set(t.settlement.records[1]!, 'lookback_s', 0)
      },
      /looks back/,
    ],
    [
      'a spot with look-back',
      (t) => {
        Reflect.set(t.settlement.records[0]!, 'lookback_s', 30)
      },
      /looks back/,
    ],
    [
      'a candle of the oracle',
      (t) => {
        Reflect.set(t.settlement.records[4]!, 'source', 'chainlink')
      },
      /does not settle by candle_1h/,
    ],
    [
      'a fee in shares counted in USDC',
      (t) => {
        Reflect.set(t.fee.charged_in.records[0]!, 'buy_amount', 'usdc')
      },
      /cannot be counted/,
    ],
    [
      'a certainty of another word',
      (t) => {
        Reflect.set(t.fee.records[0]!, 'certainty', 'sure')
      },
      /sure is none of high/,
    ],
    [
      'another key',
      (t) => {
        Reflect.set(t.fee, 'key', 'order')
      },
      /selected by market/,
    ],
    [
      'a missing section',
      (t) => {
        Reflect.deleteProperty(t, 'settlement')
      },
      /settlement: it is missing/,
    ],
    [
      'a section without records',
      (t) => {
        Reflect.set(t.fee.charged_in, 'records', [])
      },
      /must be a list/,
    ],
    [
      'a time that is a number',
      (t) => {
        Reflect.set(t.taker_hold_ms.records[1]!, 'from', 0)
      },
      /no instant/,
    ],
  ])('with %s is refused, naming the record', (_what, change, message) => {
    expect(broken(change)).toThrow(
      expect.objectContaining({ code: 'rules.table', message: expect.stringMatching(message) }),
    )
  })
})
