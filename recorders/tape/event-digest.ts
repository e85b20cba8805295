import { createHash, type Hash } from 'node:crypto'
import { ALL_INSTRUMENTS, type Columns, Flag, type Instruments, Kind, Side } from '../../core/events/index.ts'
import { MS, ONE } from '../../core/units/index.ts'

/**
 * What a tape says, whoever carried it: two recordings of the same happenings have the same digest. Set aside is what the way
 * of a message decides and not its content:
 *
 * - when and in which order it arrived among those of other sources: each market of each source is a stream of its own;
 * - row and instrument numbers: instruments go by name;
 * - stamps below a millisecond, and stamps of quotes, which not every venue sends;
 * - which of a market's two tokens said a level: levels are taken in Up's terms, those that change nothing are left out, and
 *   those of one message are sorted;
 * - proofs of life, what a recorder says of its own connections, tick sizes that are said again, and values of series that are said
 *   again where a part of a recording begins;
 * - who told a market's listing, strike and outcome, and how often.
 */
export type EventDigest = {
  /** Absorb the next rows of the tape. */
  update(columns: Columns): void
  /** SHA-256 over all streams by name, lower-case hex, and how many events each has. */
  finish(): { digest: string; events: number; streams: Record<string, StreamDigest> }
}

/** One stream's part. */
export type StreamDigest = { digest: string; events: number }

type Stream = { hash: Hash; events: number }
/** A market's book in Up's terms: size by side and price. */
type Levels = Map<number, number>
type Change = { stream: string; market: number; side: number; price: number; size: number; ms: number }

/** Facts of a market, told by whom it may be. */
const FACTS: readonly number[] = [Kind.MARKET, Kind.STRIKE, Kind.RESOLVED]
/** Kinds that are about the recorder's connections, or only prove that one lives. */
const ABOUT_TRANSPORT: readonly number[] = [Kind.ALIVE, Kind.FEED_DOWN, Kind.FEED_UP, Kind.CLOCK_STEP]

/** @param instruments the tape's; may still grow while it is read */
export function createEventDigest({ markets, instruments }: Instruments): EventDigest {
  const streams = new Map<string, Stream>()
  const books = new Map<number, Levels>()
  const told = new Set<string>()
  const ticks = new Map<number, number>()
  /** What each series said last. */
  const values = new Map<string, string>()
  let changes: Change[] = []

  function absorb(stream: string, ...values: readonly (number | string)[]): void {
    const found = streams.get(stream) ?? { hash: createHash('sha256'), events: 0 }
    streams.set(stream, found)
    found.hash.update(`${values.join(',')}\n`)
    found.events++
  }

  function level(columns: Columns, i: number, stream: string, market: number, down: boolean): void {
    const price = columns.price[i]!
    const bid = (columns.side[i] === Side.BID) !== down
    changes.push({
      stream,
      market,
      side: bid ? Side.BID : Side.ASK,
      price: down ? ONE - price : price,
      size: columns.size[i]!,
      ms: Math.floor(columns.exch_us[i]! / MS),
    })
  }

  /** A message is whole: what it changed, in order of side and price. */
  function settle(): void {
    const last = new Map<number, Change>()
    for (const change of changes) last.set(keyOf(change), change)
    const sorted = [...last.entries()].sort(([a], [b]) => a - b)
    for (const [key, { stream, market, side, price, size, ms }] of sorted) {
      const book = books.get(market)!
      const at = key % MARKET_KEYS
      if ((book.get(at) ?? 0) === size) continue
      if (size === 0) book.delete(at)
      else book.set(at, size)
      absorb(stream, Kind.LEVEL, side, price, size, ms)
    }
    changes = []
  }

  function row(columns: Columns, i: number): void {
    const kind = columns.kind[i]!
    const index = columns.instrument[i]!
    if (ABOUT_TRANSPORT.includes(kind) || index === ALL_INSTRUMENTS) return
    const instrument = instruments[index]!
    const side = columns.side[i]!
    const price = columns.price[i]!
    const size = columns.size[i]!
    const ms = Math.floor(columns.exch_us[i]! / MS)
    if (instrument.kind === 'series') {
      const stream = `${columns.feed[i]} ${instrument.name} ${instrument.asset}`
      const value = `${price} ${size} ${ms}`
      const stands = values.get(`${stream} ${kind} ${side}`) === value
      if (stands && (columns.flags[i]! & Flag.SNAPSHOT) !== 0) return
      values.set(`${stream} ${kind} ${side}`, value)
      absorb(stream, kind, side, price, size, kind === Kind.QUOTE ? 0 : ms)
      return
    }
    const { market, outcome } = instrument
    const { slug } = markets[market]!
    if (FACTS.includes(kind)) {
      const fact = `${slug} ${kind} ${price} ${size}`
      if (!told.has(fact)) absorb(`facts ${slug} ${kind}`, price, size)
      told.add(fact)
      return
    }
    const stream = `${columns.feed[i]} ${slug}`
    if (!books.has(market)) books.set(market, new Map())
    if (kind === Kind.LEVEL) level(columns, i, stream, market, outcome === 'down')
    // What was there is said again by the levels behind it: only what they change counts.
    else if (kind === Kind.BOOK_RESET) restated(changes, books.get(market)!, stream, market, ms)
    else if (kind === Kind.TICK_SIZE) {
      if ((ticks.get(market) ?? markets[market]!.tick ?? price) !== price) absorb(stream, kind, price, ms)
      ticks.set(market, price)
    } else absorb(stream, kind, outcome, side, price, size, ms)
  }

  return {
    update(columns) {
      for (let i = 0; i < columns.length; i++) {
        row(columns, i)
        if ((columns.flags[i]! & Flag.LAST) !== 0) settle()
      }
    },
    finish() {
      settle()
      const whole = createHash('sha256')
      const parts: Record<string, StreamDigest> = {}
      let events = 0
      for (const name of [...streams.keys()].sort()) {
        const { hash, events: count } = streams.get(name)!
        parts[name] = { digest: hash.digest('hex'), events: count }
        whole.update(`${name} ${parts[name].digest}\n`)
        events += count
      }
      return { digest: whole.digest('hex'), events, streams: parts }
    },
  }
}

/** Every level of a book is gone, unless the message says it again. */
function restated(into: Change[], book: Levels, stream: string, market: number, ms: number): void {
  for (const at of book.keys()) {
    const side = at >= SIDE_KEYS ? Side.ASK : Side.BID
    into.push({ stream, market, side, price: at % SIDE_KEYS, size: 0, ms })
  }
}

const SIDE_KEYS = ONE + 1
const MARKET_KEYS = 2 * SIDE_KEYS

function keyOf({ market, side, price }: Change): number {
  return market * MARKET_KEYS + (side === Side.ASK ? SIDE_KEYS : 0) + price
}
