import { type Columns, Flag, Kind } from '../events/index.ts'
import { Chain, Mix } from '../hash/index.ts'
import { Strike } from '../reference/index.ts'
import { Risk } from '../risk/index.ts'
import type { Micros } from '../units/index.ts'
import { onAnswer } from './answers.ts'
import { tellMismatch } from './assets.ts'
import { decideAll } from './decide.ts'
import { markDirty } from './dirty.ts'
import type { Machine } from './machine.ts'
import { ResolutionCode, Trigger } from './records.ts'
import { overrule, resolve } from './resolve.ts'
import { Phase } from './state.ts'

/** Rows that are neither books nor prices: metadata, outcomes, the account's own stream, operators. */
export function onOther(m: Machine, columns: Columns, row: number, now: Micros): void {
  const kind = columns.kind[row]!
  const market = m.market_of_instrument[columns.instrument[row]!] ?? -1
  if (kind === Kind.STRIKE) strike(m, market, columns.price[row]!, columns.size[row]!)
  else if (kind === Kind.RESOLVED) resolved(m, market, columns.price[row]!, columns.flags[row]!, now)
  else if (kind >= Kind.ORDER_ACCEPTED && kind <= Kind.REDEEMED) execution(m, columns, row, market, now)
  else if (kind === Kind.FILL_RETRYING || kind === Kind.REDEEM_REVERSED)
    execution(m, columns, row, market, now)
  else if (kind === Kind.USER_DOWN || kind === Kind.USER_UP) userStream(m, kind === Kind.USER_DOWN)
  else if (kind === Kind.COMMAND) command(m, columns.price[row]!, now)
}

function strike(m: Machine, market: number, price: number, rest: number): void {
  if (market < 0 || m.state.phase[market] !== Phase.OPEN) return
  const window = m.state.open_windows[market]!
  const bits = Strike.onMetadata(window.strike, price, rest)
  if ((bits & Strike.MISMATCH) !== 0) tellMismatch(m, market)
  markDirty(m, market)
}

/** The venue's own word on an outcome wins whenever it comes. What a recorder concluded is no word of the venue. */
function resolved(m: Machine, market: number, payout: number, flags: number, now: Micros): void {
  if (market < 0) return
  const concluded = (flags & Flag.INFERRED) !== 0
  const known = m.state.phase[market] === Phase.RESOLVED
  if (!known)
    resolve(m, market, payout, concluded ? ResolutionCode.INFERRED_FROM_BOOK : ResolutionCode.RECORDED, now)
  else if (!concluded) overrule(m, market, payout, now)
}

/** An answer of a real venue, as a row of a recorded session: the same handler as the simulated exchange's answers. */
function execution(m: Machine, columns: Columns, row: number, market: number, now: Micros): void {
  const kind = columns.kind[row]!
  const flags = columns.flags[row]!
  onAnswer(
    m,
    kind,
    Math.max(market, 0),
    columns.ref[row]!,
    columns.price[row]!,
    columns.size[row]!,
    kind === Kind.REDEEMED || kind === Kind.REDEEM_REVERSED
      ? m.outcome_of_instrument[columns.instrument[row]!]!
      : flags & ~Flag.LAST,
    columns.seq[row]!,
    -1,
    now,
  )
}

function userStream(m: Machine, down: boolean): void {
  Risk.setUserStream(m.state.risk, down)
  decideAll(m, Trigger.OPERATOR)
}

function command(m: Machine, code: number, now: Micros): void {
  Mix.word(m.state.chain.pending, Chain.Tag.COMMAND)
  Mix.number(m.state.chain.pending, code)
  Risk.command(m.state.risk, code, now)
  decideAll(m, Trigger.OPERATOR)
}
