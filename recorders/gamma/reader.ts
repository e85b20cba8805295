import { Flag, Kind } from '../../core/events/index.ts'
import { DAY, formatIso, type Micros, SECOND } from '../../core/units/index.ts'
import type { Out, Reader, Refusal } from '../feeds/feed.ts'
import type { FullPrice } from '../import/e18.ts'
import type { Receipt } from '../journal/record.ts'
import { COUNT, LISTED_AHEAD_S } from '../limits.ts'
import { type GammaFault, readGammaAnswer, type ShownMarket, statedAt } from './answer.ts'

type State = { strikes: [market: number, strike: FullPrice][] }

/** Reader of the metadata service: lists windows, and tells strikes and outcomes as they become known. */
export function createGammaReader(out: Out, state?: unknown): Reader {
  const strikes = new Map((state as State | undefined)?.strikes ?? [])
  return {
    frame: () => 'a frame of a source that has no sockets',
    answer(text, { request }, at) {
      const answer = readGammaAnswer(request, text, (field) => out.unknown(field))
      if (typeof answer === 'string') return answer
      listAll(out, strikes, answer.markets, at.wall_us)
      return refusalOf(answer.faults)
    },
    restate: (at) => restate(out, strikes, at),
    state: (): State => ({ strikes: [...strikes] }),
  }
}

/** Faults that one refusal names. */
const FAULTS_NAMED = 20

/** The refusal of an answer with bad markets in it: the first one's reason, and each by its slug; the others are listed. */
function refusalOf(faults: readonly GammaFault[]): Refusal | undefined {
  const [first] = faults
  if (first === undefined) return undefined
  const named = faults.slice(0, FAULTS_NAMED).map(({ slug, reason }) => {
    const who = slug === '' ? 'an entry without a slug' : slug
    return reason === first.reason ? who : `${who} (${reason})`
  })
  const more = faults.length - named.length
  return { reason: first.reason, place: `${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}` }
}

/**
 * Tell what an answer shows of its markets, up to a bound. A list may hold more than anybody wants: windows of the far future,
 * more markets than are open together. They are left out, and one row of health an answer says how many.
 */
function listAll(
  out: Out,
  strikes: Map<number, FullPrice>,
  shown: readonly ShownMarket[],
  now_us: Micros,
): void {
  let early = 0
  let open = openMarkets(out, now_us)
  let many = Math.max(0, shown.length - COUNT.markets_shown)
  for (const one of shown.slice(0, COUNT.markets_shown)) {
    const fresh = out.token(one.stated.token_ids.up) < 0
    if (fresh && one.market.start_us > now_us + LISTED_AHEAD_S * SECOND) early++
    else if (fresh && open >= COUNT.markets_open) many++
    else {
      if (fresh) open++
      tell(out, strikes, one, now_us)
    }
  }
  if (early > 0) out.health('listed_too_early', '', 'windows of the far future are not listed yet', early)
  if (many > 0) out.health('too_many_markets', '', 'more markets than can be open together', many)
}

function tell(out: Out, strikes: Map<number, FullPrice>, shown: ShownMarket, now_us: Micros): void {
  const { market, stated, object } = shown
  const { slug, start_us, end_us } = market
  // A tick size that is stated once the window runs is that of the moment: it opened with another, perhaps.
  const tick = now_us < start_us ? market.tick : null
  const fresh = out.token(stated.token_ids.up) < 0
  const index = out.list(
    { market: { ...market, tick }, tokens: stated.token_ids, version: stated.version },
    statedAt(stated),
    object,
  )
  out.end()
  if (index < 0) return
  if (fresh && stated.end_us !== null && stated.end_us !== end_us)
    out.health('window_conflict', '', `${slug} ends ${formatIso(stated.end_us)} by its object`)
  tellStrike(out, strikes, index, shown)
  if (stated.up_payout === null) return
  out.resolve(index, stated.up_payout, stated.closed_us ?? statedAt(stated))
  out.end()
}

/** Markets that are not over. They are listed in the order of time, more or less: the newest say it. */
function openMarkets(out: Out, now_us: Micros): number {
  const { markets } = out.instruments
  let open = 0
  for (let i = Math.max(0, markets.length - 2 * COUNT.markets_open); i < markets.length; i++)
    if (markets[i]!.end_us > now_us) open++
  return open
}

function tellStrike(
  out: Out,
  strikes: Map<number, FullPrice>,
  index: number,
  { market, stated, strike }: ShownMarket,
): void {
  if (strike === null) return
  const known = strikes.get(index)
  if (known?.price === strike.price && known.rest === strike.rest) return
  // Of two that differ the later holds, as of two outcomes.
  strikes.set(index, strike)
  out.row(Kind.STRIKE, out.token(stated.token_ids.up), 0, strike.price, strike.rest, 0, 0)
  out.end()
  if (known === undefined) return
  const detail = `${market.slug}: ${strike.price} and ${strike.rest}, before ${known.price} and ${known.rest}`
  out.health('strike_changed', '', detail)
}

/** Strikes of windows that are not over stand at the beginning of a tape; those of old ones are forgotten. */
function restate(out: Out, strikes: Map<number, FullPrice>, at: Receipt): void {
  const { markets, instruments } = out.instruments
  for (const [index, { price, rest }] of strikes) {
    const { end_us } = markets[index]!
    if (end_us < at.wall_us - DAY) strikes.delete(index)
    if (end_us <= at.wall_us) continue
    const up = instruments.findIndex(
      (one) => one.kind === 'token' && one.market === index && one.outcome === 'up',
    )
    out.row(Kind.STRIKE, up, 0, price, rest, 0, Flag.SNAPSHOT)
    out.end()
  }
}
