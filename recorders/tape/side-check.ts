import type { Instruments, Market, Resolution } from '../../core/events/index.ts'
import { isPriceBands, isTickSize, ONE } from '../../core/units/index.ts'
import { TapeError } from './errors.ts'
import type { Gap } from './manifest.ts'
import { isPayout, isTime } from './row-rules.ts'

/**
 * What side tables must say to make sense, beside their schema: every index points at something, nothing is said twice,
 * windows and gaps end after they start.
 */

/** Files of the side tables, for messages. */
export type SideFiles = { instruments: string; resolutions: string; gaps: string }

/**
 * Check the side tables of a dataset against each other.
 *
 * @throws TapeError `tape.side_value`, naming file and field
 */
export function checkSides(
  instruments: Instruments,
  resolutions: readonly Resolution[],
  gaps: readonly Gap[],
  files: SideFiles,
): void {
  const { markets } = instruments
  checkMarkets(markets, files.instruments)
  checkInstruments(instruments, files.instruments)
  const resolved = new Set<number>()
  resolutions.forEach(({ market, up_payout, known_us }, i) => {
    const wrong = (field: string, what: string) => refuse(files.resolutions, `${i}.${field}`, what, i)
    if (market >= markets.length) wrong('market', `${market} is not in instruments.json`)
    if (resolved.has(market)) wrong('market', `${market} is resolved twice`)
    resolved.add(market)
    if (!isPayout(up_payout)) wrong('up_payout', `${up_payout} is none of 0, ${ONE / 2} and ${ONE}`)
    if (!isTime(known_us)) wrong('known_us', `${known_us} is no time`)
  })
  gaps.forEach(({ market, from_us, to_us }, i) => {
    const wrong = (field: string, what: string) => refuse(files.gaps, `${i}.${field}`, what, i)
    if (market !== null && market >= markets.length) wrong('market', `${market} is not in instruments.json`)
    if (!isTime(from_us)) wrong('from_us', `${from_us} is no time`)
    if (!isTime(to_us)) wrong('to_us', `${to_us} is no time`)
    if (to_us < from_us) wrong('to_us', `${to_us} is before from_us ${from_us}`)
  })
}

function checkMarkets(markets: readonly Market[], file: string): void {
  const slugs = new Set<string>()
  markets.forEach(({ slug, start_us, end_us, created_us, tick, price_bands: bands }, i) => {
    const wrong = (field: string, what: string) => refuse(file, `markets.${i}.${field}`, what, i)
    if (slugs.has(slug)) wrong('slug', `${slug} is there twice`)
    slugs.add(slug)
    if (!isTime(start_us)) wrong('start_us', `${start_us} is no time`)
    if (!isTime(end_us)) wrong('end_us', `${end_us} is no time`)
    if (end_us <= start_us) wrong('end_us', `${end_us} is not after start_us ${start_us}`)
    if (created_us !== null && !isTime(created_us)) wrong('created_us', `${created_us} is no time`)
    if (tick !== null && !isTickSize(tick))
      wrong('tick', `${tick} is no tick size: it does not divide ${ONE} evenly`)
    if (bands === undefined) return
    if (!isPriceBands(bands))
      wrong('price_bands', 'no bands of whole steps from 0 to 1, the same from both ends')
    const finest = Math.min(...bands.map(({ step }) => step))
    if (tick !== finest) wrong('tick', `${tick} is not the finest of price_bands, ${finest}`)
  })
}

function checkInstruments({ markets, instruments }: Instruments, file: string): void {
  const seen = new Set<string>()
  instruments.forEach((one, i) => {
    const wrong = (field: string, what: string) => refuse(file, `instruments.${i}.${field}`, what, i)
    const token = one.kind === 'token'
    if (token && one.market >= markets.length)
      wrong('market', `${one.market} is none of ${markets.length} markets`)
    const key = token ? `token ${one.market} ${one.outcome}` : `series ${one.asset} ${one.name}`
    if (seen.has(key)) wrong(token ? 'outcome' : 'name', `${token ? one.outcome : one.name} is there twice`)
    seen.add(key)
  })
}

function refuse(file: string, field: string, what: string, row: number): never {
  throw new TapeError(
    'tape.side_value',
    `${file}: field ${field}: ${what}`,
    { file, field, row },
    'restore the file from its source, or import the dataset again',
  )
}
