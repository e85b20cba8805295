import type { Instruments, Market } from '../../core/events/index.ts'
import type { Micros, Tick } from '../../core/units/index.ts'
import type { ClobSettings } from '../clob/settings.ts'
import type { About, FeedName, Receipt } from '../journal/record.ts'
import type { PollSettings } from '../settings.ts'
import type { PollPlan } from '../supervisor/contract.ts'

/**
 * A source of market data: how to ask it and how to read it. Reading is pure: what it makes of a journal depends on the
 * journal alone.
 */
export type Feed = {
  name: FeedName
  /** `Feed` code of its rows. */
  code: number
  /** One sentence. */
  describe: string
  /** Default addresses by role; each can be configured on its own (`[endpoints]`). */
  endpoints: Readonly<Record<string, string>>
  /** Sockets that a scope needs: none for a source that is only asked. */
  lines(scope: Scope): readonly LinePlan[]
  /** Credentials are told on its sockets: what it says and no reader takes is never quoted. */
  told_secrets?: boolean
  /** A frame is dropped when its connection has said all its events (by {@link Reader.identity}) a moment ago. */
  drops_repeats?: boolean
  /**
   * What it is asked by REST again and again: none for a source that only speaks.
   *
   * @param state as {@link Polling.state} left it
   */
  polling?(settings: PollSettings, state?: unknown): Polling
  /** Frames and answers as they really look, with the events that they become; shown by the docs, checked by a test. */
  examples: readonly Example[]
  /** A reader at its beginning, or as {@link Reader.state} left it. */
  read(out: Out, state?: unknown, settings?: ReadSettings): Reader
}

/** Settings that decide what rows become of a frame. */
export type ReadSettings = ClobSettings

/** What is to be recorded. */
export type Scope = {
  /** `btc`, `eth`, … */
  assets: readonly string[]
  /** `5m`, `15m`, `1h`, `4h`, `1d`. */
  series: readonly string[]
  /** Markets that discovery has found and that are to be listened to: see {@link Listing}. */
  markets: readonly Listing[]
  /** Wallets to follow. */
  wallets: readonly string[]
  /** Which sources have credentials. */
  credentials: ReadonlySet<FeedName>
  /** Which endpoint is asked, by role, of a source where several say the same; its first where nothing is stated. */
  roles?: Readonly<Partial<Record<FeedName, string>>>
  /** Tokens of one socket of the CLOB at most; default that of the setting. */
  tokens_per_socket?: number
}

/** A market as discovery knows it. */
export type Listing = {
  /** Index in the recording's instruments. */
  index: number
  market: Market
  /** Token ids by outcome. */
  tokens: { up: string; down: string }
  /** `v1` or `v2` of the venue's protocol. */
  version: 'v1' | 'v2'
}

/** Questions of a source, and how far each has read. */
export type Polling = {
  /** Questions that a scope needs; the same scope gives the same names. */
  plans(scope: Scope): readonly PollPlan[]
  /** Plain data. */
  state(): unknown
}

/** One logical stream: what to connect to and what to say there. */
export type LinePlan = {
  /** Name in the recording: `feed/n`; the same scope gives the same names. */
  line: string
  /** Which of the feed's endpoints, and what is appended to it. */
  endpoint: string
  path: string
  /** What is listened to: tokens, symbols. A change of keys is a change of subscription. */
  keys: readonly string[]
  /** Text frames to send once open, in order. `secrets` is filled in by the connection and never recorded. */
  hello(keys: readonly string[], secrets: Secrets): readonly string[]
  /** Text frames that change the subscription of an open connection; null: a new connection is needed. */
  resubscribe(
    added: readonly string[],
    removed: readonly string[],
    secrets: Secrets,
  ): readonly string[] | null
  keepalive: Keepalive
  /**
   * Whether a short frame comes even where nothing happens: a heartbeat, the answer to a subscription. It shows that the
   * connection lives, not that it delivers. Asked of frames up to 256 bytes; without it every frame but pongs is data.
   */
  idle?(text: string): boolean
  /** Whether a frame shows that a new connection delivers what it was asked for: the book of a key. Without it any data does. */
  proves?(text: string): boolean
  /** Something comes all the time: silence is never the market's, but a gap. */
  restless?: true
  /** The frame as it may be recorded, where a private stream repeats credentials or whose it is. */
  scrub?(bytes: Uint8Array, secrets: Secrets): Uint8Array
  /** No data for so long though the connection stands: a second socket is opened and takes over. */
  silence_ms: number
  /** Handshake headers, made anew for each attempt (signed ones carry a time). */
  headers?(secrets: Secrets, now_ms: number): Readonly<Record<string, string>>
  /** Connections close of themselves after this long; renewed before. 0: never. */
  life_ms: number
}

/** How a connection is kept alive, and how its death shows. */
export type Keepalive =
  /** Text sent at an interval; the peer must answer with a frame that `pong` accepts within `timeout_ms` (0: need not). */
  | { kind: 'text'; every_ms: number; text: string; pong(text: string): boolean; timeout_ms: number }
  /** WebSocket ping frames of ours; 0: no answer is waited for. */
  | { kind: 'control'; every_ms: number; timeout_ms: number }
  /** The peer pings or sends heartbeats of itself. */
  | { kind: 'none' }

/** Credentials by name, from the environment; empty where there are none. */
export type Secrets = Readonly<Record<string, string>>

/**
 * Why a frame or an answer is refused, in words without values. With a place, only the entries there are: the others stand.
 */
export type Refusal = string | { reason: string; place: string }

/** What a reader does with one frame or answer. */
export type Reader = {
  /**
   * Take a frame of a connection that leads. HOT. Never throws.
   *
   * @returns why it, or a part of it, is refused; undefined when it is good, though it may have made no row
   */
  frame(text: string, connection: number, at: Receipt): Refusal | undefined
  /** Take an answer. As {@link frame}. */
  answer?(text: string, about: About, at: Receipt): Refusal | undefined
  /** A connection was opened: books of its keys are void. A reader without {@link promoted} is told promotions here too. */
  opened?(connection: number, line: string, keys: readonly string[], leads: boolean): void
  /** What an open connection listens to is now this. */
  subscribed?(connection: number, line: string, keys: readonly string[]): void
  closed?(connection: number, line: string): void
  /** Take a frame of a connection that follows: what must be there if it comes to lead. No rows, wishes or health. */
  follow?(text: string, connection: number, at: Receipt): void
  /**
   * The connection leads its line from here on: rows say in what its view differs from that of the leader before.
   *
   * @param lost the line had been lost: what was told is void, so that nobody takes the difference for what happened
   */
  promoted?(connection: number, line: string, at: Receipt, lost?: boolean): void
  /**
   * What two connections of a line must agree in, one text an event of the frame: for comparison and for duplicates. Null for
   * frames that are nobody's loss (pongs, answers).
   */
  identity?(text: string): readonly string[] | null
  /** Rows that say again how things stand, at the beginning of a new tape. */
  restate?(at: Receipt): void
  /** Plain data. */
  state(): unknown
}

/** Where a reader puts what it read. Rows of one call to `frame` or `answer` form groups: see {@link Out.end}. */
export type Out = {
  /** Add a row: local time and feed are those of the frame. */
  row(
    kind: number,
    instrument: number,
    side: number,
    price: number,
    size: number,
    exch_us: Micros,
    flags: number,
    ref?: number,
  ): void
  /** The row added last ends its message's group; without a row since the last end, nothing. */
  end(): void
  /** Index of a reference series, made on first use. Names: `binance-spot`, `chainlink-spot`, `chainlink-twap-60`, …; found by name and asset. */
  series(name: string, asset: string, venue: string): number
  /** Index of a token, −1 if no listed market has it. */
  token(token_id: string): number
  /** Everything that is listed so far. Read only. */
  readonly instruments: Instruments
  /**
   * A market was found, or its metadata changed: registers it and its tokens, and adds a MARKET row where something is new.
   *
   * @param metadata the object as sent, kept in the side table `market_metadata`
   * @returns its index; −1 where it contradicts what is listed (its slug with other tokens, or its tokens under another slug)
   */
  list(listing: Omit<Listing, 'index'>, exch_us: Micros, metadata: Readonly<Record<string, unknown>>): number
  /** The venue's word on a market: adds a RESOLVED row, once. */
  resolve(market: number, up_payout: Tick, exch_us: Micros): void
  /** Add a row to a side table; returns its number there, for a `ref`. Columns are declared in `side-tables.ts`. */
  side(table: string, row: Readonly<Record<string, string | number | boolean | null>>): number
  /** Something about the feed's own health, for the table `feed_health`. */
  health(event: string, line: string, detail: string, value?: number): void
  /** A field that the schema does not know: counted by name. */
  unknown(field: string): void
  /** Ask the recorder for something that only it can do. */
  wish(wish: Wish): void
}

/** What reading a frame can ask for. */
export type Wish =
  /** The book of a token is in doubt: fetch it again. */
  | { wish: 'reseed'; feed: FeedName; token_id: string; reason: string }
  /** The line's stream has a hole: open it anew. */
  | { wish: 'reconnect'; feed: FeedName; line: string; reason: string }
  /** A market may be new: look it up. */
  | { wish: 'look_up'; slug: string }

/** A frame or an answer as it really looks. */
export type Example = {
  title: string
  /** Where it comes from. */
  source: string
  about?: Pick<About, 'request' | 'path'>
  text: string
  /** Events that it becomes, in words: `LEVEL up bid 0.50 20`. */
  becomes: readonly string[]
}
