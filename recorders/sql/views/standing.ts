import { instant, real, shares, text, usdc, type View, whole } from '../view.ts'
import { decisions } from './run.ts'

/** Views of a run that follow from its tables: what the model said against the market, and what was held. */

const decided = (name: string) => decisions.columns.find((column) => column.name === name)!
/** Of the best ask, and of the best Down ask, which is 1 less the best Up bid. */
const EDGE_UP = 'CASE WHEN t.best_ask >= 0 THEN t.q_up - t.best_ask / 1e4 END'
const EDGE_DOWN = 'CASE WHEN t.best_bid >= 0 THEN t.best_bid / 1e4 - t.q_up END'

/** The model against the book. */
export const signals: View = {
  name: 'signals',
  doc: 'What the model said against the book at a decision. Decisions without a model are not in it.',
  columns: [
    ...['decision', 'time', 'market', 'seconds_left', 's0', 's_t', 'sigma', 'z', 'q_up', 'bid', 'ask'].map(
      decided,
    ),
    real('edge_up', EDGE_UP, 'USDC', "the model's value of Up less its best ask"),
    real('edge_down', EDGE_DOWN, 'USDC', "the model's value of Down less its best ask, 1 − the Up bid"),
    text(
      'direction',
      `CASE WHEN ${EDGE_UP} > 0 THEN 'up' WHEN ${EDGE_DOWN} > 0 THEN 'down' ELSE 'none' END`,
      'the side that was cheap before fees: up, down or none',
    ),
    ...['cap_up', 'cap_down', 'target_total', 'size_scalar', 'regime', 'gate'].map(decided),
  ],
  from: 'raw.run_decisions t LEFT JOIN raw.run_markets m ON m.market = t.market WHERE NOT isnan(t.q_up)',
}

/** A position after each move of it. Moves of both outcomes (splits, merges) count in both. */
const RUNNING = `(
    SELECT t.entry, t.time_us, t.market, t.kind,
      sum(CASE WHEN t.outcome IN (0, 2) THEN t.shares ELSE 0 END) OVER w AS up,
      sum(CASE WHEN t.outcome IN (1, 2) THEN t.shares ELSE 0 END) OVER w AS down,
      sum(t.cash) OVER w AS cash
    FROM raw.run_ledger t
    WHERE t.market IN (SELECT market FROM raw.run_markets)
    WINDOW w AS (PARTITION BY t.market ORDER BY t.entry)
  )`

/** Positions. */
export const positions: View = {
  name: 'positions',
  doc: 'What was held in a market after each move of the ledger there.',
  columns: [
    whole('entry', 't.entry', 'the ledger entry that made it so'),
    instant('time', 't.time_us', 'since when'),
    text('market', 'm.slug', "the market's slug"),
    shares('up', 't.up', 'Up held'),
    shares('down', 't.down', 'Down held'),
    shares('pairs', 'least(t.up, t.down)', 'pairs of both: they pay 1 USDC whatever comes'),
    shares('unpaired', 't.up - t.down', 'Up without Down (+), or Down without Up (−)'),
    usdc('cash', 't.cash', "the market's cash so far: received less paid"),
  ],
  from: `${RUNNING} t JOIN raw.run_markets m ON m.market = t.market`,
}
