import type { Market } from '../../core/events/index.ts'
import { formatDecimal, MINUTE, type Micros, SECOND, type Tick } from '../../core/units/index.ts'
import { GAP_US, type Gap, type Inference } from '../tape/index.ts'
import type { LogReading } from './event-log-rows.ts'

/** What was met in a log, for the manifest. */
export type EventFindings = {
  /** Rows taken, and first and last of their times. */
  rows: number
  first_us: Micros
  last_us: Micros
  /** Silences longer than a gap, and the longest. */
  silences: number
  longest_us: Micros
  trades: number
  /** Trades from the start of their window to some minutes after its end. */
  trades_near: number
  least: Tick
  greatest: Tick
  /** Windows resolved, and those of them whose resolution lies behind their end. */
  resolved: number
  resolved_after: number
  /** Windows of which the venue said one outcome and later the other. */
  turned: Set<string>
  /** Rows that say again what is known. */
  restated: number
  /** When each window's tick changed, as the venue stamps it. */
  tick_us: Map<string, Set<Micros>>
  fills: number
  fills_known: number
}

/** Trades go on for a while behind the end of a window, until it is resolved. */
export const TRADED_ON_US: Micros = 5 * MINUTE

/** Nothing met yet. */
export function createEventFindings(): EventFindings {
  return {
    rows: 0,
    first_us: Number.NaN,
    last_us: Number.NaN,
    silences: 0,
    longest_us: 0,
    trades: 0,
    trades_near: 0,
    least: Number.POSITIVE_INFINITY,
    greatest: 0,
    resolved: 0,
    resolved_after: 0,
    turned: new Set(),
    restated: 0,
    tick_us: new Map(),
    fills: 0,
    fills_known: 0,
  }
}

/** Parts of windows that lie before the first or behind the last row of the log: nothing of them was recorded. */
export function uncovered(markets: readonly Market[], { first_us, last_us }: EventFindings): Gap[] {
  return markets.flatMap(({ start_us, end_us }, market) => {
    const gap = (from_us: Micros, to_us: Micros) =>
      to_us - from_us > GAP_US
        ? [{ market, feed: 'clob_market', from_us, to_us, reason: 'not recorded' }]
        : []
    return [...gap(start_us, Math.min(first_us, end_us)), ...gap(Math.max(last_us, start_us), end_us)]
  })
}

/** What a log does not say and was concluded, with the evidence. */
export function describeEvents(findings: EventFindings, reading: LogReading): Inference[] {
  const { rows, trades, trades_near, resolved, resolved_after, restated, tick_us } = findings
  const price = (tick: Tick) => formatDecimal(tick, 4)
  const one = [...tick_us.values()].filter((times) => times.size === 1).length
  return [
    {
      what: 'the window that a label names',
      how: 'its time is the start of a quarter of an hour in New York, on the day nearest to the row; resolutions behind the end of their window, and trades from its start to five minutes behind its end',
      agreement: `${resolved_after} of ${resolved} resolutions, ${trades_near} of ${trades} trades`,
    },
    {
      what: 'timestamp_ms of trades, ticks and resolutions is the time of reception',
      how: "timestamp_iso, which the recorder wrote as its own clock went, is the same second; of levels it is the venue's time, which lags behind when the recorder does",
      agreement: `${rows} of ${rows} rows taken; ${reading.levels - reading.levels_astray} of ${reading.levels} levels`,
    },
    {
      what: 'silence is no gap',
      how: `the log keeps trades at extreme prices alone; between its rows more than ${GAP_US / SECOND} s went by so often, and at the longest. Gaps are losses of the connection, from the row that tells of one to the next row of the market, and the parts of windows before and behind the log`,
      agreement: `${findings.silences} times, ${Math.round(findings.longest_us / SECOND)} s`,
    },
    {
      what: 'trades at other prices',
      how: 'they are not in the log: prices in it, at the least and at the greatest',
      agreement:
        trades === 0
          ? 'no trades'
          : `${price(findings.least)} to ${price(findings.greatest)} in ${trades} trades`,
    },
    {
      what: 'when the venue changed a tick size',
      how: 'the time of reception less time_since_ticker_change_ms; windows of which all rows give one time',
      agreement: `${one} of ${tick_us.size}`,
    },
    {
      what: 'rows that say again what is known',
      how: 'a tick size for a tick size that is the same, and the outcome once more for the other token: proof of life',
      agreement: `${restated} of ${rows}`,
    },
    ...(findings.turned.size === 0 ? [] : [turnedTold(findings)]),
    ...(findings.fills === 0 ? [] : [walletTold(findings)]),
  ]
}

function turnedTold({ turned, resolved }: EventFindings): Inference {
  return {
    what: 'the outcome of windows that were resolved twice, and otherwise',
    how: 'the later word of the venue holds; both stand on the tape',
    agreement: `${turned.size} of ${resolved} resolutions`,
    exceptions: [...turned],
  }
}

function walletTold({ fills, fills_known }: EventFindings): Inference {
  return {
    what: 'fills of the wallet',
    how: 'those of a token that the log has named before, at the second they are stamped with; the label of others can be of a 5-minute or of a 15-minute window, so that they are refused',
    agreement: `${fills_known} of ${fills}`,
  }
}
