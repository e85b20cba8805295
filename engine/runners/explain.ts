import { join } from 'node:path'
import type { Machine } from '../../core/machine/machine.ts'
import { IntentKind, OrderStatus, Tif, Trigger } from '../../core/machine/records.ts'
import type { Outcome } from '../../core/machine/trace.ts'
import { Regime } from '../../core/reference/index.ts'
import { Reasons } from '../../core/risk/index.ts'
import { E8_ONE, formatIso, MICRO, type Micros, MS, ONE } from '../../core/units/index.ts'
import { literalPath, withDatabase } from '../../recorders/database.ts'
import { assertTables } from '../report/index.ts'
import { unreadable } from './compare.ts'
import type { Rerun } from './rerun.ts'
import { RunnerError } from './runner-error.ts'
import { standAt } from './stand.ts'

export type ExplainedOrder = {
  order?: number
  outcome: 'up' | 'down'
  side: 'buy' | 'sell'
  level: number
  price: number
  size: number
  type: string
  status?: string
  completing?: boolean
}

/** One decision as it was made: what was seen, how old it was, what was wanted, what was live, what was done. */
export type Explanation = {
  decision: number
  time: string
  event: number
  market: string
  trigger: string
  seconds_left: number
  regime: string
  inputs: { name: string; value: number | null; age_ms: number | null }[]
  s0: number | null
  s_t: number | null
  sigma: number | null
  q_up: number | null
  caps: { up: number | null; down: number | null; completing: number | null }
  target_total: number | null
  inventory: { up: number; down: number; unpaired: number; unpaired_cost: number; cash: number }
  desired: ExplainedOrder[]
  live: ExplainedOrder[]
  intents: (ExplainedOrder & { kind: string })[]
  gate?: { code: string; reason: string }
}

/** Which decision: by its number, or the last one at or before a time, of one market or of any. */
export type Which = { decision: number } | { at_us: Micros; market?: string }

/**
 * Explain a decision by making it again: the run is replayed up to it, so that the explanation shows all that was there and
 * not only what a table kept.
 *
 * @throws RunnerError `explain.none` where the run has no such decision; `explain.differs` where the replay does not
 * reproduce the row that was recorded
 */
export async function explain(rerun: Rerun, which: Which, signal?: AbortSignal): Promise<Explanation> {
  await assertTables(rerun.dir, rerun.file)
  const wanted = await locate(rerun, which)
  let found: Explanation | null = null
  await standAt(rerun.input, wanted.time_us, {
    ...(signal !== undefined && { signal }),
    before: ({ machine }) => {
      machine.probe = (m, outcome) => {
        if (m.view.decision === wanted.decision) found = read(m, outcome)
      }
    },
  })
  const explanation = found as Explanation | null
  if (explanation === null || explanation.time !== formatIso(wanted.time_us)) {
    throw new RunnerError(
      'explain.differs',
      `decision ${wanted.decision} is not made again by a replay`,
      'see engine replay --verify for the first difference',
      { file: rerun.dir },
    )
  }
  return explanation
}

async function locate({ dir, file }: Rerun, which: Which): Promise<{ decision: number; time_us: Micros }> {
  const table = join(dir, 'decisions.parquet')
  const where =
    'decision' in which
      ? `decision = ${which.decision}`
      : `time_us <= ${which.at_us}${which.market === undefined ? '' : ` AND market = ${marketOf(file.markets, which.market)}`}`
  const row = await withDatabase({ about: unreadable(table) }, async (connection) => {
    const result = await connection.runAndReadAll(
      `SELECT decision, time_us FROM read_parquet(${literalPath(table)}) WHERE ${where} ORDER BY decision DESC LIMIT 1`,
    )
    return result.getRows()[0]
  })
  if (row !== undefined) return { decision: Number(row[0]), time_us: Number(row[1]) }
  throw new RunnerError(
    'explain.none',
    'decision' in which
      ? `the run has no decision ${which.decision}`
      : `the run has no decision at or before ${formatIso(which.at_us)}`,
    `decisions are numbered 0 to ${file.decisions - 1}`,
    { file: dir },
  )
}

function marketOf(markets: readonly { slug: string }[], slug: string): number {
  const at = markets.findIndex((market) => market.slug === slug)
  if (at >= 0) return at
  throw new RunnerError('explain.market', `the run has no market ${slug}`, 'take a slug from run.json', {
    field: 'market',
  })
}

function read(m: Machine, outcome: Outcome): Explanation {
  const { view, desired, state } = m
  const asset = state.assets[m.asset_of_market[view.market]!]!
  const { reference } = asset
  const feed = state.feeds[view.market]!
  const settler = state.settlers[m.settlings[view.market]!.instrument] ?? undefined
  const now = view.time_us
  const age = (us: Micros) => (us > 0 ? (now - us) / MS : null)
  return {
    decision: view.decision,
    time: formatIso(now),
    event: state.counts.events,
    market: view.slug,
    trigger: nameOf(Trigger, outcome.trigger),
    seconds_left: view.seconds_left,
    regime: Regime.describe(view.regime),
    inputs: [
      { name: 'spot (USD)', value: known(view.s_t / E8_ONE), age_ms: age(reference.spot_us) },
      {
        name: 'settlement series (USD)',
        value: settler === undefined || settler.price < 0 ? null : settler.price / E8_ONE,
        age_ms: settler === undefined ? null : age(settler.local_us),
      },
      { name: 'fast series (USD)', value: known(reference.fast_e8 / E8_ONE), age_ms: age(reference.fast_us) },
      {
        name: 'best bid (Up)',
        value: view.best_bid < 0 ? null : view.best_bid / ONE,
        age_ms: age(feed.changed_us),
      },
      {
        name: 'best ask (Up)',
        value: view.best_ask < 0 ? null : view.best_ask / ONE,
        age_ms: age(feed.changed_us),
      },
      { name: 'last message of the market', value: null, age_ms: age(feed.last_us) },
    ],
    s0: known(view.s0 / E8_ONE),
    s_t: known(view.s_t / E8_ONE),
    sigma: known(view.sigma),
    q_up: known(view.q_up),
    caps: {
      up: known(desired.cap_up),
      down: known(desired.cap_down),
      completing: known(desired.cap_completing),
    },
    target_total: known(desired.target_total),
    inventory: {
      up: view.up_shares / MICRO,
      down: view.down_shares / MICRO,
      unpaired: view.unpaired / MICRO,
      unpaired_cost: view.unpaired_cost,
      cash: state.ledger.cash / MICRO,
    },
    desired: desiredOf(m),
    live: liveOf(m),
    intents: intentsOf(m),
    ...(outcome.gate !== 0 && {
      gate: gateOf(outcome.gate),
    }),
  }
}

function desiredOf({ desired }: Machine): ExplainedOrder[] {
  return Array.from({ length: desired.length }, (_, i) => ({
    ...orderOf(
      desired.outcome[i]!,
      desired.side[i]!,
      desired.level[i]!,
      desired.price[i]!,
      desired.size[i]!,
      desired.tif[i]!,
      desired.post_only[i]!,
    ),
    ...(desired.completing[i] === 1 && { completing: true }),
  }))
}

/** Orders that were open when the decision was made: those that it created itself are among its intents. */
function liveOf(m: Machine): ExplainedOrder[] {
  const { orders } = m.state
  const live: ExplainedOrder[] = []
  for (let slot = orders.first[m.view.market]!; slot >= 0; slot = orders.after[slot]!) {
    if (orders.decision[slot] === m.view.decision) continue
    live.push({
      order: orders.number[slot]!,
      ...orderOf(
        orders.outcome[slot]!,
        orders.side[slot]!,
        orders.level[slot]!,
        orders.price[slot]!,
        orders.size[slot]! - orders.filled[slot]!,
        orders.tif[slot]!,
        orders.post_only[slot]!,
      ),
      status: nameOf(OrderStatus, orders.status[slot]!),
      ...(orders.completing[slot] === 1 && { completing: true }),
    })
  }
  return live
}

/** Intents of this step, still in the ring. */
function intentsOf({ intents, view }: Machine): Explanation['intents'] {
  const out: Explanation['intents'] = []
  for (let i = 0; i < intents.length; i++) {
    if (intents.market[i] !== view.market || intents.kind[i]! > IntentKind.CANCEL) continue
    out.push({
      kind: nameOf(IntentKind, intents.kind[i]!),
      order: intents.order[i]!,
      ...orderOf(
        intents.outcome[i]!,
        intents.side[i]!,
        0,
        intents.price[i]!,
        intents.size[i]!,
        intents.tif[i]!,
        intents.post_only[i]!,
      ),
    })
  }
  return out
}

function orderOf(
  outcome: number,
  side: number,
  level: number,
  price: number,
  size: number,
  tif: number,
  post_only: number,
): ExplainedOrder {
  return {
    outcome: outcome === 0 ? 'up' : 'down',
    side: side === 1 ? 'buy' : 'sell',
    level,
    price: price / ONE,
    size: size / MICRO,
    type: `${nameOf(Tif, tif)}${post_only === 1 ? ' post-only' : ''}`,
  }
}

function nameOf(codes: Readonly<Record<string, number>>, code: number): string {
  return (Object.keys(codes).find((name) => codes[name] === code) ?? String(code)).toLowerCase()
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function gateOf(code: number): { code: string; reason: string } {
  const { name, sentence } = Reasons.ofGate(code)
  return { code: name, reason: sentence }
}
