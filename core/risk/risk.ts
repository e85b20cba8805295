import { Command } from '../events/index.ts'
import { DAY, MICRO, type Micros, type MicroUsdc, SECOND } from '../units/index.ts'
import { Gate, RejectCode } from './codes.ts'
import type { RiskConfig } from './settings.ts'

/** What risk remembers: switches, runs of losses and rejections, the day's drawdown. Plain data. */
export type RiskState = {
  /** Why trading is halted until a RESET: KILL_SWITCH, DAILY_DRAWDOWN or INVARIANT; 0 not halted. */
  halted: number
  halted_us: Micros
  /** An operator paused it. */
  paused: boolean
  /** The account's own stream is down. */
  user_down: boolean
  /** By market: 1 where lists forbid it. */
  readonly denied: Uint8Array
  /** Losses and rejections in a row. */
  losses: number
  rejections: number
  cooldown_until_us: Micros
  cooldowns: number
  /** The UTC day at hand, and whether its drawdown was reported. */
  day: number
  breached: boolean
  /** Breaches so far, and when the first would have halted live trading; 0 never. */
  breaches: number
  first_breach_us: Micros
  /** Drawdown of the day that a RESET forgave. */
  forgiven: MicroUsdc
  forgive: boolean
}

/**
 * Risk for the markets of these slugs. Trading is on.
 */
export function create(config: RiskConfig, slugs: readonly string[]): RiskState {
  const denied = new Uint8Array(slugs.length)
  for (let market = 0; market < slugs.length; market++)
    denied[market] = permits(config, slugs[market]!) ? 0 : 1
  return {
    halted: Gate.NONE,
    halted_us: 0,
    paused: false,
    user_down: false,
    denied,
    losses: 0,
    rejections: 0,
    cooldown_until_us: 0,
    cooldowns: 0,
    day: -1,
    breached: false,
    breaches: 0,
    first_breach_us: 0,
    forgiven: 0,
    forgive: false,
  }
}

/** Whether the lists let a market be traded. */
export function permits(config: RiskConfig, slug: string): boolean {
  const listed = (patterns: readonly string[]) => patterns.some((pattern) => matches(pattern, slug))
  return (config.allow.length === 0 || listed(config.allow)) && !listed(config.deny)
}

function matches(pattern: string, slug: string): boolean {
  return pattern.endsWith('*') ? slug.startsWith(pattern.slice(0, -1)) : slug === pattern
}

/** Halt until an operator's RESET. The first reason stands. */
export function halt(risk: RiskState, gate: number, now: Micros): void {
  if (risk.halted !== Gate.NONE) return
  risk.halted = gate
  risk.halted_us = now
}

/** An operator's {@link Command}. RESET also forgives the day's drawdown so far and ends a cooldown. */
export function command(risk: RiskState, code: number, now: Micros): void {
  if (code === Command.HALT) halt(risk, Gate.KILL_SWITCH, now)
  else if (code === Command.PAUSE) risk.paused = true
  else if (code === Command.RESUME) risk.paused = false
  else if (code === Command.RESET) {
    risk.halted = Gate.NONE
    risk.halted_us = 0
    risk.breached = false
    risk.forgive = true
    risk.losses = 0
    risk.rejections = 0
    risk.cooldown_until_us = 0
  }
}

/** The account's own stream was lost or is back. */
export function setUserStream(risk: RiskState, down: boolean): void {
  risk.user_down = down
}

/**
 * Look at the drawdown of the UTC day (integer arithmetic on the time). At most one breach a day is reported, and one more
 * after each RESET.
 *
 * @param drawdown ≥ 0, from the day's peak of equity
 * @returns DAILY_DRAWDOWN when it is breached just now, else 0
 */
export function onDrawdown(risk: RiskState, config: RiskConfig, drawdown: MicroUsdc, now: Micros): number {
  const day = Math.floor(now / DAY)
  if (day !== risk.day) {
    risk.day = day
    risk.breached = false
    risk.forgiven = 0
  }
  if (risk.forgive) {
    risk.forgiven = drawdown
    risk.forgive = false
  }
  // A new peak starts a new fall.
  if (drawdown < risk.forgiven) risk.forgiven = drawdown
  if (risk.breached || drawdown - risk.forgiven < config.daily_drawdown * MICRO) return Gate.NONE
  risk.breached = true
  risk.breaches++
  if (risk.first_breach_us === 0) risk.first_breach_us = now
  if (config.on_drawdown === 'halt') halt(risk, Gate.DAILY_DRAWDOWN, now)
  return Gate.DAILY_DRAWDOWN
}

/** A market's result is final. */
export function onResult(risk: RiskState, config: RiskConfig, net: MicroUsdc, now: Micros): void {
  if (net >= 0) {
    if (net > 0) risk.losses = 0
    return
  }
  risk.losses++
  if (risk.losses >= config.cooldown_losses) cool(risk, config, now)
}

/** The venue took an order: the run of rejections is over. A fill says the same. */
export function onAccepted(risk: RiskState): void {
  risk.rejections = 0
}

/** The venue refused an order. A post-only order that would have crossed did what it was for and does not count. */
export function onRejection(risk: RiskState, config: RiskConfig, code: number, now: Micros): void {
  if (code === RejectCode.CROSSES) return
  risk.rejections++
  if (risk.rejections >= config.cooldown_rejections) cool(risk, config, now)
}

function cool(risk: RiskState, config: RiskConfig, now: Micros): void {
  risk.losses = 0
  risk.rejections = 0
  risk.cooldowns++
  risk.cooldown_until_us = Math.max(risk.cooldown_until_us, now + Math.round(config.cooldown_s * SECOND))
}
