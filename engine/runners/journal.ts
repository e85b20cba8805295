import { join } from 'node:path'
import { IntentKind, LedgerKind, OrderStatus, RiskEvent } from '../../core/machine/records.ts'
import { Gate, RejectCode } from '../../core/risk/codes.ts'
import type { MicroUsdc } from '../../core/units/index.ts'
import { literalPath, openDatabase, quote } from '../../recorders/database.ts'
import { below } from '../../recorders/files/index.ts'

/**
 * Write `journal.csv` beside the tables of a run: intents, orders, fills, refusals, halts, merges and redemptions in order
 * of time, each with the cash and the position in its token after it.
 *
 * @param initial_cash cash before the first move, micro-USDC
 */
export async function writeJournal(
  dir: string,
  markets: readonly { slug: string }[],
  initial_cash: MicroUsdc,
): Promise<void> {
  const { connection, close } = await openDatabase()
  const table = (name: string) => `read_parquet(${literalPath(below(dir, `${name}.parquet`))})`
  try {
    await connection.run(
      `CREATE TABLE slugs AS SELECT * FROM (VALUES ${valuesOf(markets.map(({ slug }) => slug))}) v(market, slug)`,
    )
    await connection.run(`CREATE TABLE gates AS SELECT * FROM (VALUES ${namesOf(Gate)}) v(code, name)`)
    await connection.run(
      `CREATE TABLE rejects AS SELECT * FROM (VALUES ${namesOf(RejectCode)}) v(code, name)`,
    )
    await connection.run(
      `CREATE TABLE statuses AS SELECT * FROM (VALUES ${namesOf(OrderStatus)}) v(code, name)`,
    )
    await connection.run(`CREATE TABLE rows AS ${UNION.map((part) => part(table)).join(' UNION ALL ')}`)
    await connection.run(
      `CREATE TABLE held AS SELECT time_us, entry, market, outcome, balance, sum(shares) OVER (PARTITION BY market, outcome ORDER BY entry) AS position FROM ${HELD(table)}`,
    )
    await connection.run(
      `COPY (${SELECT(table, initial_cash)}) TO ${quote(join(dir, 'journal.csv'))} (FORMAT csv, HEADER true)`,
    )
  } finally {
    close()
  }
}

type TableOf = (name: string) => string

/** Each kind of row: time, rank at one time, type, market, outcome, side, price, size, status, reason, order, fee. */
const UNION: ((table: TableOf) => string)[] = [
  (t) => `SELECT time_us, 0 AS rank, intent AS nr, 'intent' AS type, market, outcome, side, price, size,
      CASE kind WHEN ${IntentKind.CREATE} THEN 'create' WHEN ${IntentKind.CANCEL} THEN 'cancel' WHEN ${IntentKind.MERGE} THEN 'merge' ELSE 'redeem' END AS status,
      (SELECT name FROM gates WHERE code = gate AND gate > 0) AS reason, "order", 0 AS fee FROM ${t('intents')}`,
  (
    t,
  ) => `SELECT done_us, 2, "order", CASE WHEN status = ${OrderStatus.REJECTED} THEN 'reject' ELSE 'order' END, market, outcome, side, price, filled,
      (SELECT name FROM statuses WHERE code = status), (SELECT name FROM rejects WHERE code = reason AND reason > 0), "order", 0 FROM ${t('orders')} WHERE done_us > 0`,
  (t) => `SELECT matched_us, 1, fill, 'fill', market, outcome, side, price, size,
      CASE WHEN failed_us > 0 THEN 'failed' WHEN confirmed_us > 0 THEN 'confirmed' WHEN mined_us > 0 THEN 'mined' ELSE 'matched' END,
      CASE WHEN gap_fill = 1 THEN 'gap_fill' WHEN beyond_display = 1 THEN 'beyond_display' WHEN maker = 1 THEN 'maker' ELSE 'taker' END, "order", fee_value FROM ${t('fills')}`,
  (t) =>
    `SELECT time_us, 3, 0, 'risk_halt', market, 2, 0, NULL, NULL, 'halt', (SELECT name FROM gates WHERE code = gate), 0, 0 FROM ${t('risk_events')} WHERE kind = ${RiskEvent.HALT}`,
  (
    t,
  ) => `SELECT time_us, 1, entry, CASE kind WHEN ${LedgerKind.MERGE} THEN 'merge' ELSE 'redeem' END, market, outcome, 0, NULL, abs(shares),
      'done', NULL, 0, 0 FROM ${t('ledger')} WHERE kind IN (${LedgerKind.MERGE}, ${LedgerKind.REDEEM})`,
]

/** Moves of shares by token: a merge moves both. */
const HELD = (t: TableOf) => `(
  SELECT time_us, entry, market, outcome, shares, balance FROM ${t('ledger')} WHERE outcome < 2
  UNION ALL SELECT time_us, entry, market, o.outcome, shares, balance FROM ${t('ledger')} l, (VALUES (0), (1)) o(outcome) WHERE l.outcome = 2)`

const SELECT = (t: TableOf, initial_cash: MicroUsdc) => `
  SELECT strftime(make_timestamp(r.time_us::BIGINT), '%Y-%m-%dT%H:%M:%S.%fZ') AS time, r.type, s.slug AS market,
    CASE r.outcome WHEN 0 THEN 'up' WHEN 1 THEN 'down' END AS outcome,
    CASE r.side WHEN 1 THEN 'buy' WHEN 2 THEN 'sell' END AS side,
    (r.price / 10000.0)::DECIMAL(18, 4) AS price, (r.size / 1e6)::DECIMAL(18, 6) AS size, r.status, r.reason,
    CASE WHEN r."order" > 0 THEN r."order"::BIGINT END AS order_id, (r.fee / 1e6)::DECIMAL(18, 6) AS fee_usdc,
    (coalesce(c.balance, ${initial_cash}) / 1e6)::DECIMAL(18, 6) AS cash_usdc, (coalesce(h.position, 0) / 1e6)::DECIMAL(18, 6) AS position
  FROM rows r LEFT JOIN slugs s ON s.market = r.market
    ASOF LEFT JOIN (SELECT time_us, last(balance ORDER BY entry) AS balance FROM ${t('ledger')} GROUP BY time_us) c ON r.time_us >= c.time_us
    ASOF LEFT JOIN (SELECT time_us, market, outcome, last(position ORDER BY entry) AS position FROM held GROUP BY ALL) h
      ON r.market = h.market AND r.outcome = h.outcome AND r.time_us >= h.time_us
  ORDER BY r.time_us, r.rank, r.nr`

function namesOf(codes: Record<string, number>): string {
  return Object.entries(codes)
    .map(([name, code]) => `(${code}, '${name.toLowerCase()}')`)
    .join(', ')
}

function valuesOf(slugs: readonly string[]): string {
  return slugs.length === 0 ? `(0, '')` : slugs.map((slug, i) => `(${i}, ${quote(slug)})`).join(', ')
}
