import { HOUR, type Micros } from '../../core/units/index.ts'
import type { Out } from '../feeds/feed.ts'
import type { Receipt } from '../journal/record.ts'
import { restateBook, tellBook } from './book-rows.ts'
import { slugOf } from './integrity.ts'
import { clearBook } from './market-book.ts'
import { type Reading, toldOf } from './reading.ts'
import type { Clob } from './state.ts'

/** An answer of the REST service, read into `event.book`. */
export function reseed(reading: Reading): void {
  const { out, clob, event } = reading
  const { book } = event
  const instrument = out.token(book.token_id)
  if (instrument < 0) return
  const known = clob.byInstrument[instrument]
  if (known !== undefined && !known.void && known.said && book.exch_us < known.view.exch_us) {
    out.health('reseed_stale', '', `${slugOf(out, known)}: older than the stream`)
    return
  }
  const told = known ?? toldOf(reading, instrument, -1)
  const rows = tellBook(out, told, instrument - told.up, book)
  told.mismatch.count = 0
  out.health('reseed', '', slugOf(out, told), rows)
}

/** How long after its end a market may still be heard of. */
const OVER_US: Micros = HOUR

/** Books as they stand, at the beginning of a tape; those of markets that are over are forgotten. */
export function restate(out: Out, clob: Clob, at: Receipt): void {
  for (const told of clob.told.values()) {
    const { end_us, tick } = out.instruments.markets[told.market]!
    if (end_us < at.wall_us - OVER_US) {
      clob.told.delete(told.market)
      delete clob.byInstrument[told.up]
      delete clob.byInstrument[told.up + 1]
      continue
    }
    if (told.said && !told.void) restateBook(out, told, tick ?? 0)
    else {
      clearBook(told.view.book)
      told.said = false
      told.void = false
    }
    out.end()
  }
}
