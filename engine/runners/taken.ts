import type { World } from '../../core/machine/world.ts'
import { MICRO, type MicroShares } from '../../core/units/index.ts'

/**
 * What a run took of what others showed and traded, in shares. A share is null where there is nothing to hold it against.
 *
 * Displayed: what the levels showed that fills took from, as taker or across the book, each displayed share counted once.
 * Printed: what the recording's trades were of the windows with fills, from the arrival of the first order to the close.
 */
export type Taken = {
  displayed_shares: number
  taken_shares: number
  share: number | null
  /** The largest share of one window, and its slug. */
  worst_share: number | null
  worst_window: string | null
  printed_shares: number
  filled_shares: number
  printed_share: number | null
  worst_printed_share: number | null
  worst_printed_window: string | null
}

/** Of the world of a run. */
export function takenOf({ exchange, machine }: World): Taken {
  const { markets } = exchange.state
  const slugOf = (market: number) => machine.instruments.markets[market]?.slug ?? null
  const displayed = sumOf(
    markets.map(({ taken_shares, displayed_shares }) => [taken_shares, displayed_shares]),
  )
  const printed = sumOf(
    markets.map(({ filled_shares, printed_shares }) => [
      filled_shares,
      filled_shares > 0 ? printed_shares : 0,
    ]),
  )
  return {
    displayed_shares: displayed.whole / MICRO,
    taken_shares: displayed.part / MICRO,
    share: displayed.share,
    worst_share: displayed.worst,
    worst_window: slugOf(displayed.at),
    printed_shares: printed.whole / MICRO,
    filled_shares: printed.part / MICRO,
    printed_share: printed.share,
    worst_printed_share: printed.worst,
    worst_printed_window: slugOf(printed.at),
  }
}

/** Sums of parts and wholes, their share, and the largest share of one of them with its place. */
function sumOf(pairs: readonly (readonly [part: MicroShares, whole: MicroShares])[]) {
  let [part, whole, at] = [0, 0, -1]
  let worst: number | null = null
  pairs.forEach(([one, of], i) => {
    part += one
    whole += of
    const share = shareOf(one, of)
    if (share === null || (worst !== null && share <= worst)) return
    worst = share
    at = i
  })
  return { part, whole, share: shareOf(part, whole), worst: worst as number | null, at }
}

function shareOf(part: MicroShares, whole: MicroShares): number | null {
  return whole === 0 ? null : part / whole
}
