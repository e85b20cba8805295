import { expect, test } from 'vitest'
import { labelledMarket } from './window-label.ts'

const at = (iso: string) => Date.parse(iso) * 1_000
const slug = (label: string, iso: string) => labelledMarket(label, at(iso))?.slug
const unix = (iso: string) => Date.parse(iso) / 1_000

test('a label names the New York time at which its window starts, in winter and in summer', () => {
  expect(slug('btc-15min-up-or-down-09:45', '2026-02-20T14:50:00Z')).toBe(
    `btc-updown-15m-${unix('2026-02-20T14:45:00Z')}`,
  )
  expect(slug('sol-15min-up-or-down-09:45', '2026-07-20T13:50:00Z')).toBe(
    `sol-updown-15m-${unix('2026-07-20T13:45:00Z')}`,
  )
})

test('the day is the one nearest to the row: before the start, behind the end, over midnight in New York and in UTC', () => {
  const start = unix('2026-02-21T05:00:00Z')
  for (const iso of ['2026-02-21T04:44:00Z', '2026-02-21T05:00:00Z', '2026-02-21T05:20:00Z'])
    expect(slug('eth-15min-up-or-down-00:00', iso), iso).toBe(`eth-updown-15m-${start}`)
  expect(slug('eth-15min-up-or-down-18:45', '2026-02-21T00:05:00Z')).toBe(
    `eth-updown-15m-${unix('2026-02-20T23:45:00Z')}`,
  )
})

test('of the hour that autumn repeats, the one near the row is meant', () => {
  expect(slug('btc-15min-up-or-down-01:15', '2026-11-01T05:20:00Z')).toBe(
    `btc-updown-15m-${unix('2026-11-01T05:15:00Z')}`,
  )
  expect(slug('btc-15min-up-or-down-01:15', '2026-11-01T06:20:00Z')).toBe(
    `btc-updown-15m-${unix('2026-11-01T06:15:00Z')}`,
  )
})

test('another label, a time that is no quarter, an unknown asset and a window far from the row are none', () => {
  const iso = '2026-02-20T14:50:00Z'
  for (const label of [
    'btc-15min-up-or-down-09:52',
    'btc-15min-up-or-down-24:00',
    'moon-15min-up-or-down-09:45',
    'bitcoin-up-or-down-february-20-3pm-et-09:45',
    'btc-15min-up-or-down-03:45',
    '',
  ])
    expect(slug(label, iso), label).toBeUndefined()
})
