import { type Columns, Flag, type Instruments, Kind, type Outcome, Side } from '../../core/events/index.ts'
import { ONE } from '../../core/units/index.ts'
import { Ev } from './event.ts'

/** Level changes, trades and resets of one market in the terms of one of its tokens, as columns that grow. */
export type TokenEvents = {
  length: number
  /** Kind and side as hftbacktest writes them, without the bits of who takes it. */
  ev: Uint32Array
  /** Where the venue sent no time the local one stands, and `timed` is 0. */
  exch_us: Float64Array
  local_us: Float64Array
  timed: Uint8Array
  /** Ticks and micro-shares. */
  price: Float64Array
  size: Float64Array
  /** Flags of the row. */
  flags: Uint8Array
  /** 1 for the market's tokens, and for the one in whose terms rows are mirrored. */
  readonly wanted: Uint8Array
  readonly mirrored: Uint8Array
  /** Where the message at hand begins, in events. */
  begin: number
  left_out: Record<string, number>
}

const FIRST_ROOM = 65_536
const KIND_NAMES = new Map<number, string>(Object.entries(Kind).map(([name, kind]) => [kind, name]))

/**
 * Nothing taken yet.
 *
 * @param market index of the market
 */
export function createTokenEvents(
  { instruments }: Instruments,
  market: number,
  outcome: Outcome,
): TokenEvents {
  const of = (side: (one: Outcome) => boolean) =>
    Uint8Array.from(instruments, (one) =>
      one.kind === 'token' && one.market === market && side(one.outcome) ? 1 : 0,
    )
  return {
    length: 0,
    ev: new Uint32Array(FIRST_ROOM),
    exch_us: new Float64Array(FIRST_ROOM),
    local_us: new Float64Array(FIRST_ROOM),
    timed: new Uint8Array(FIRST_ROOM),
    price: new Float64Array(FIRST_ROOM),
    size: new Float64Array(FIRST_ROOM),
    flags: new Uint8Array(FIRST_ROOM),
    wanted: of(() => true),
    mirrored: of((one) => one !== outcome),
    begin: 0,
    left_out: {},
  }
}

/** Take the row of a tape that follows those before. Rows of other markets and of series are passed over. */
export function takeRow(events: TokenEvents, columns: Columns, row: number): void {
  const instrument = columns.instrument[row]!
  if (events.wanted[instrument] === 1) takeOwn(events, columns, row, events.mirrored[instrument] === 1)
  if ((columns.flags[row]! & Flag.LAST) === 0) return
  // The message's last row may be one that is left out: its last event ends the message then.
  if (events.length > events.begin) events.flags[events.length - 1]! |= Flag.LAST
  events.begin = events.length
}

function takeOwn(events: TokenEvents, columns: Columns, row: number, mirrored: boolean): void {
  const kind = columns.kind[row]!
  const price = columns.price[row]!
  const ev = kindOf(kind, columns.flags[row]!)
  if (ev === 0) {
    const name = KIND_NAMES.get(kind) ?? String(kind)
    events.left_out[name] = (events.left_out[name] ?? 0) + 1
    return
  }
  const reset = kind === Kind.BOOK_RESET
  // A bid and a buyer have one number, an ask and a seller the other.
  const first = (columns.side[row] === Side.BID) !== mirrored
  const i = events.length
  if (i === events.ev.length) grow(events)
  const exch_us = columns.exch_us[row]!
  events.ev[i] = ev + (reset ? 0 : first ? Ev.BUY : Ev.SELL)
  events.local_us[i] = columns.local_us[row]!
  events.exch_us[i] = exch_us === 0 ? events.local_us[i]! : exch_us
  events.timed[i] = exch_us === 0 ? 0 : 1
  events.price[i] = reset ? 0 : mirrored ? ONE - price : price
  events.size[i] = reset ? 0 : columns.size[row]!
  events.flags[i] = columns.flags[row]!
  events.length = i + 1
}

/** The number of a kind of row; 0 for one that has none. */
function kindOf(kind: number, flags: number): number {
  if (kind === Kind.LEVEL) return (flags & Flag.SNAPSHOT) !== 0 ? Ev.DEPTH_SNAPSHOT : Ev.DEPTH
  if (kind === Kind.TRADE) return Ev.TRADE
  return kind === Kind.BOOK_RESET ? Ev.DEPTH_CLEAR : 0
}

function grow(events: TokenEvents): void {
  const room = 2 * events.ev.length
  const wider = <T extends Uint32Array | Float64Array | Uint8Array>(made: T, from: T): T => {
    made.set(from)
    return made
  }
  events.ev = wider(new Uint32Array(room), events.ev)
  events.exch_us = wider(new Float64Array(room), events.exch_us)
  events.local_us = wider(new Float64Array(room), events.local_us)
  events.timed = wider(new Uint8Array(room), events.timed)
  events.price = wider(new Float64Array(room), events.price)
  events.size = wider(new Float64Array(room), events.size)
  events.flags = wider(new Uint8Array(room), events.flags)
}
