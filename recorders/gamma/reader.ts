import { Flag, Kind } from '../../core/events/index.ts'
import { DAY, formatIso, type Micros } from '../../core/units/index.ts'
import type { Out, Reader } from '../feeds/feed.ts'
import type { FullPrice } from '../import/e18.ts'
import type { Receipt } from '../journal/record.ts'
import { readGammaAnswer, type ShownMarket, statedAt } from './answer.ts'

type State = { strikes: [market: number, strike: FullPrice][] }

/** Reader of the metadata service: lists windows, and tells strikes and outcomes as they become known. */
export function createGammaReader(out: Out, state?: unknown): Reader {
  const strikes = new Map((state as State | undefined)?.strikes ?? [])
  return {
    frame: () => 'a frame of a source that has no sockets',
    answer(text, { request }, at) {
      const answer = readGammaAnswer(request, text, (field) => out.unknown(field))
      if (typeof answer === 'string') return answer
      for (const shown of answer.markets) tell(out, strikes, shown, at.wall_us)
      return answer.faults[0]
    },
    restate: (at) => restate(out, strikes, at),
    state: (): State => ({ strikes: [...strikes] }),
  }
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

function tellStrike(
  out: Out,
  strikes: Map<number, FullPrice>,
  index: number,
  { market, stated, strike }: ShownMarket,
): void {
  if (strike === null) return
  const known = strikes.get(index)
  if (known === undefined) {
    strikes.set(index, strike)
    out.row(Kind.STRIKE, out.token(stated.token_ids.up), 0, strike.price, strike.rest, 0, 0)
    out.end()
    return
  }
  if (known.price === strike.price && known.rest === strike.rest) return
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
