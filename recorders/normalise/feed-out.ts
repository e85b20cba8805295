import { Kind } from '../../core/events/index.ts'
import { Fees } from '../../core/fees/index.ts'
import type { Feed, Out } from '../feeds/feed.ts'
import { countUnknown, feedIndex } from './counts.ts'
import { addRow, addSide, type Making, tellHealth } from './making.ts'
import { listMarket, resolveMarket, seriesOf } from './registry.ts'
import { endGroup } from './rows.ts'

/** Where the reader of a feed puts what it read: the tape in the making, under the feed's name. */
export function createFeedOut(making: Making, feed: Feed): Out {
  const { name, code } = feed
  const { registry } = making
  const index = feedIndex(name)
  return {
    row(kind, instrument, side, price, size, exch_us, flags, ref = 0) {
      addRow(making, code, kind, instrument, side, price, size, exch_us, flags, ref)
      making.counts.events[index]!++
    },
    end() {
      endGroup(making.rows)
    },
    series: (series, asset, venue) => seriesOf(registry, series, asset, venue),
    token: (token_id) => registry.tokens.get(token_id) ?? -1,
    instruments: registry.instruments,
    list(listing, exch_us, metadata) {
      const text = JSON.stringify(metadata)
      const source = { feed: name, feed_code: code, exch_us, metadata: text }
      const { market, news } = listMarket(registry, listing, source)
      if (news === 'conflict')
        tellHealth(making, name, 'token_conflict', '', `${listing.market.slug} with other tokens than before`)
      const { slug, fee } = listing.market
      if (news === 'new' && fee !== null && !Fees.isComputable(fee))
        tellHealth(
          making,
          name,
          'fee_unknown',
          '',
          `${slug}: ${fee.rate_ppm} ppm with exponent ${fee.exponent}`,
        )
      if (market >= 0 && (news === 'new' || news === 'changed')) {
        addMarketRow(making, market, 0)
        making.counts.events[index]!++
      }
      return market
    },
    resolve(market, up_payout, exch_us) {
      const news = resolveMarket(registry, market, up_payout, making.now_us)
      if (news === 'same') return
      this.row(Kind.RESOLVED, registry.sources[market]!.up, 0, up_payout, 0, exch_us, 0)
      if (news === 'new') return
      const { slug } = registry.instruments.markets[market]!
      const detail = `${slug} was resolved otherwise before`
      tellHealth(making, name, 'resolution_conflict', '', detail, up_payout)
    },
    side: (table, row) => addSide(making, table, row),
    health: (event, line, detail, value) => tellHealth(making, name, event, line, detail, value),
    unknown: (field) => countUnknown(making.counts, name, field),
    wish(wish) {
      making.wishes.push(wish)
    },
  }
}

/** A MARKET row with what its source said last. */
export function addMarketRow(making: Making, market: number, flags: number): void {
  const { instruments, sources } = making.registry
  const { slug, condition_id } = instruments.markets[market]!
  const { up, version, feed, feed_code, exch_us, metadata } = sources[market]!
  const ref = addSide(making, 'market_metadata', {
    feed,
    market,
    slug,
    condition_id: condition_id ?? '',
    version,
    exch_us: exch_us === 0 ? null : exch_us,
    metadata,
  })
  addRow(making, feed_code, Kind.MARKET, up, 0, 0, 0, exch_us, flags, ref)
}
