import { basename } from 'node:path'
import { z } from 'zod'
import type { Market, Outcome } from '../../core/events/index.ts'
import { Rules, TABLE } from '../../core/rules/index.ts'
import { type Micros, SECOND, type Tick } from '../../core/units/index.ts'
import { type GammaMarket, readGammaMarket } from '../gamma/market.ts'
import type { Inference } from '../tape/index.ts'
import { type FullPrice, readE18 } from './e18.ts'
import type { Refusals } from './refusals.ts'
import { marketOfSlug } from './slug.ts'
import { readLines } from './text-file.ts'

/** A market of a metadata file, with what the venue says of its window. */
export type ListedMarket = {
  market: Market
  token_ids: Record<Outcome, string>
  /** The venue's own strike; null where the file has none. */
  strike: FullPrice | null
  /** Official outcome: payout of one Up share, and when the market was closed with it. */
  outcome: { up_payout: Tick; known_us: Micros } | null
  /** A finer tick was stated, but after the end: it is that of the window's last seconds. */
  late_tick: boolean
  /** Fields of its object that are not understood and were left out. */
  unread: readonly string[]
}

/** A line of the file beside the object itself. */
const schema = z.looseObject({
  slug: z.string(),
  token_ids: z.array(z.string()),
  start_sec: z.int(),
  end_sec: z.int(),
  strike_value: z.string().nullish(),
  raw: z.unknown(),
})

/**
 * Read a metadata file: one JSON object a line, with `slug`, window, token ids, strike, and the venue's own market object
 * in `raw`. Markets are few: they are held in memory.
 *
 * @param asset markets of another asset are refused
 * @returns rows of the file, its markets by start, and which of them were refused or have fields that are not understood
 * @throws TapeError `import.file`
 */
export async function readMarkets(
  file: string,
  asset: string,
  refusals: Refusals,
): Promise<{ rows: number; listed: ListedMarket[]; inferred: Inference[] }> {
  let rows = 0
  const exceptions: string[] = []
  const found = new Map<string, ListedMarket>()
  for await (const lines of readLines(file)) {
    for (const { row, text } of lines) {
      rows++
      const listed = readMarket(text, asset)
      const fault = typeof listed === 'string' ? listed : found.has(listed.market.slug) ? TWICE : undefined
      if (fault === OTHER_ASSET || fault === TWICE) refusals.pass(fault, basename(file), row)
      else if (fault !== undefined) {
        const slug = slugOf(text)
        refusals.add(fault, slug === undefined ? basename(file) : `${slug}, ${basename(file)}`, row)
        if (slug !== undefined) exceptions.push(`${slug}: ${fault}`)
      } else if (typeof listed !== 'string') {
        found.set(listed.market.slug, listed)
        for (const field of listed.unread) exceptions.push(`${listed.market.slug}: ${field}`)
      }
    }
  }
  const listed = [...found.values()].sort(
    (a, b) => a.market.start_us - b.market.start_us || a.market.end_us - b.market.end_us,
  )
  const inferred = exceptions.length === 0 ? [] : [oddMarkets(rows, listed.length, exceptions)]
  return { rows, listed, inferred }
}

function oddMarkets(rows: number, listed: number, exceptions: string[]): Inference {
  return {
    what: 'markets of the metadata',
    how: 'a market that is refused is left out; a time or prices of an outcome that are not understood are taken for absent',
    agreement: `${listed} of ${rows} rows listed`,
    exceptions,
  }
}

/** The slug of a line that is refused, if it has one that can be printed. */
function slugOf(text: string): string | undefined {
  const slug = (parse(text) as { slug?: unknown } | null | undefined)?.slug
  return typeof slug === 'string' && /^[\w-]{1,200}$/.test(slug) ? slug : undefined
}

const OTHER_ASSET = 'of another asset than the prices'
const TWICE = 'a slug stated twice'

/** Where the ticks of the markets come from. */
export function tickInference(listed: readonly ListedMarket[]): Inference {
  const late = listed.filter(({ late_tick }) => late_tick).map(({ market }) => market.slug)
  return {
    what: 'the tick size a window opened with',
    how: 'metadata written after the end states the tick of the last seconds, which is finer near the extremes: there a tick other than the default is left out, and rules by date answer',
    agreement: `${listed.length - late.length} of ${listed.length} stated and kept`,
    ...(late.length > 0 && { exceptions: late }),
  }
}

/** What is to be known of fees that cannot be computed, where there are any. */
export function feeInferences(listed: readonly ListedMarket[]): Inference[] {
  const slugs = Rules.withoutFees(listed.map(({ market }) => market))
  if (slugs.length === 0) return []
  return [
    {
      what: 'fees of the markets',
      how: 'as their metadata state them; a schedule that cannot be computed is kept, and no run trades on its market',
      agreement: `${listed.length - slugs.length} of ${listed.length} can be computed`,
      exceptions: slugs,
    },
  ]
}

function readMarket(text: string, asset: string): ListedMarket | string {
  const line = schema.safeParse(parse(text))
  if (!line.success) return `${line.error.issues[0]!.path.join('.') || 'the line'} is missing or malformed`
  const { slug, token_ids, start_sec, end_sec, strike_value } = line.data
  const window = marketOfSlug(slug)
  if (window === undefined) return 'no slug of an up/down window'
  if (window.asset !== asset) return OTHER_ASSET
  if (window.start_us !== start_sec * SECOND || window.end_us !== end_sec * SECOND)
    return 'start and end contradict the slug'
  const stated = readGammaMarket(line.data.raw)
  if (typeof stated === 'string') return stated
  const ids = Object.values(stated.token_ids)
  if (token_ids.length !== 2 || !token_ids.every((id) => ids.includes(id)))
    return 'token_ids contradict clobTokenIds'
  const strike = strike_value == null ? null : readE18(strike_value)
  if (strike === undefined) return 'a strike_value that is not whole 1e-18 USD'
  const known_us = stated.closed_us ?? stated.updated_us
  return {
    ...withMetadata(window, stated),
    token_ids: stated.token_ids,
    strike,
    // An outcome without the time it was known waits for one.
    outcome:
      stated.up_payout === null || known_us === null ? null : { up_payout: stated.up_payout, known_us },
    unread: stated.unread,
  }
}

function withMetadata(window: Market, stated: GammaMarket): Pick<ListedMarket, 'market' | 'late_tick'> {
  const { created_us, updated_us, condition_id, tick, min_size, fee, settlement } = stated
  const late = updated_us === null || updated_us > window.end_us
  const late_tick = tick !== null && late && tick !== TABLE.defaults.tick
  const market = { ...window, created_us, condition_id, min_size, fee, settlement }
  return { market: { ...market, tick: late_tick ? null : tick }, late_tick }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
