import { Book } from '../../core/book/index.ts'
import type { Section, Values } from '../../core/config/index.ts'
import { Gate } from '../../core/risk/index.ts'
import { Strategies, type Strategy } from '../../core/strategies/index.ts'
import { MICRO, ONE, SECOND } from '../../core/units/index.ts'

const settings = {
  size: { type: 'number', default: 10, min: 5, max: 1e4, unit: 'shares', doc: 'size of each bid' },
  max_total: {
    type: 'number',
    default: 0.98,
    min: 0.5,
    max: 0.9999,
    unit: 'USDC',
    doc: 'what a pair of Up and Down bids may cost',
  },
  max_unpaired: {
    type: 'number',
    default: 20,
    min: 0,
    max: 1e4,
    unit: 'shares',
    doc: 'unpaired shares from which only the other outcome is bid for',
  },
  cutoff_s: { type: 'number', default: 60, min: 0, max: 3600, unit: 's', doc: 'no orders so late' },
} as const satisfies Section

type State = { readonly config: Values<typeof settings> }

/** Joins the best bid of both outcomes, as long as the two together cost less than a pair is worth. It has no opinion. */
export const strategy: Strategy<State> = {
  name: 'pair-bidder',
  settings,
  needs_model: false,
  init: (config) => ({ config: config as Values<typeof settings> }),
  on({ config }, view, desired) {
    if (view.time_us < view.start_us) return Strategies.standAside(desired, Gate.NOT_STARTED)
    if (view.end_us - view.time_us <= config.cutoff_s * SECOND)
      return Strategies.standAside(desired, Gate.CUTOFF)
    const up = Book.tokenBest(view.book, 0, Book.BID)
    const down = Book.tokenBest(view.book, 1, Book.BID)
    if (up < 0 || down < 0) return Strategies.standAside(desired, Gate.NO_BOOK)
    if (up + down > config.max_total * ONE) {
      desired.gate = Gate.NO_EDGE
      return
    }
    const size = config.size * MICRO
    const limit = config.max_unpaired * MICRO
    if (view.unpaired < limit) Strategies.addResting(desired, 0, 1, 0, up, size, false)
    if (view.unpaired > -limit) Strategies.addResting(desired, 1, 1, 0, down, size, false)
  },
}
