import { describe, expect, test } from 'vitest'
import { defaults } from '../config/index.ts'
import { Command } from '../events/index.ts'
import { DAY, HOUR, MICRO, SECOND } from '../units/index.ts'
import { Gate, Invariants, Reasons, RejectCode, Risk, type RiskConfig, settings } from './index.ts'

const config: RiskConfig = defaults(settings)
const recording: RiskConfig = { ...config, on_drawdown: 'record' }
const NOON = 20_558 * DAY + 12 * HOUR

describe('the daily drawdown', () => {
  test('halts at the cap until a reset, also over midnight, and is reported once', () => {
    const risk = Risk.create(config, ['a'])
    expect(Risk.onDrawdown(risk, config, 50 * MICRO - 1, NOON)).toBe(Gate.NONE)
    expect(Risk.onDrawdown(risk, config, 50 * MICRO, NOON + 1)).toBe(Gate.DAILY_DRAWDOWN)
    expect(Risk.onDrawdown(risk, config, 60 * MICRO, NOON + 2)).toBe(Gate.NONE)
    expect([risk.halted, risk.halted_us, risk.breaches]).toEqual([Gate.DAILY_DRAWDOWN, NOON + 1, 1])
    expect(Risk.onDrawdown(risk, config, 0, NOON + DAY)).toBe(Gate.NONE)
    expect(risk.halted).toBe(Gate.DAILY_DRAWDOWN)
    Risk.command(risk, Command.RESET, NOON + DAY)
    expect(risk.halted).toBe(Gate.NONE)
  })

  test('recorded only: once a day, trading goes on, and the first time that live would have halted is kept', () => {
    const risk = Risk.create(recording, ['a'])
    expect(Risk.onDrawdown(risk, recording, 70 * MICRO, NOON)).toBe(Gate.DAILY_DRAWDOWN)
    expect(Risk.onDrawdown(risk, recording, 0, NOON + 1)).toBe(Gate.NONE)
    expect(Risk.onDrawdown(risk, recording, 80 * MICRO, NOON + 2)).toBe(Gate.NONE)
    const midnight = NOON + 12 * HOUR
    expect(Risk.onDrawdown(risk, recording, 80 * MICRO, midnight - 1)).toBe(Gate.NONE)
    expect(Risk.onDrawdown(risk, recording, 80 * MICRO, midnight)).toBe(Gate.DAILY_DRAWDOWN)
    expect([risk.halted, risk.breaches, risk.first_breach_us]).toEqual([Gate.NONE, 2, NOON])
  })

  test('a reset forgives the fall so far, not the next one', () => {
    const risk = Risk.create(config, ['a'])
    Risk.onDrawdown(risk, config, 60 * MICRO, NOON)
    Risk.command(risk, Command.RESET, NOON + 1)
    expect(Risk.onDrawdown(risk, config, 60 * MICRO, NOON + 2)).toBe(Gate.NONE)
    expect(Risk.onDrawdown(risk, config, 109 * MICRO, NOON + 3)).toBe(Gate.NONE)
    expect(Risk.onDrawdown(risk, config, 110 * MICRO, NOON + 4)).toBe(Gate.DAILY_DRAWDOWN)
    // Equity recovered to its peak in between: what was forgiven is used up.
    Risk.command(risk, Command.RESET, NOON + 5)
    Risk.onDrawdown(risk, config, 110 * MICRO, NOON + 6)
    Risk.onDrawdown(risk, config, 0, NOON + 7)
    expect(Risk.onDrawdown(risk, config, 50 * MICRO, NOON + 8)).toBe(Gate.DAILY_DRAWDOWN)
  })
})

describe('cooldown', () => {
  test('follows losses in a row; a win breaks the run, a draw does not', () => {
    const risk = Risk.create(config, ['a'])
    const results = (...list: number[]) =>
      list.forEach((net) => {
        Risk.onResult(risk, config, net, NOON)
      })
    results(-1, -1, 5, -1, -1, 0)
    expect(risk.cooldown_until_us).toBe(0)
    results(-1)
    expect([risk.cooldown_until_us, risk.cooldowns, risk.losses]).toEqual([NOON + 60 * SECOND, 1, 0])
  })

  test('follows rejections in a row; an acceptance breaks it, a post-only order that would cross is none', () => {
    const risk = Risk.create(config, ['a'])
    const rejected = (...codes: number[]) =>
      codes.forEach((code) => {
        Risk.onRejection(risk, config, code, NOON)
      })
    rejected(RejectCode.BALANCE, RejectCode.TICK)
    Risk.onAccepted(risk)
    rejected(RejectCode.BALANCE, RejectCode.CROSSES, RejectCode.CROSSES, RejectCode.FAK_NO_MATCH)
    expect(risk.cooldown_until_us).toBe(0)
    rejected(RejectCode.MIN_SIZE)
    expect(risk.cooldown_until_us).toBe(NOON + 60 * SECOND)
    Risk.command(risk, Command.RESET, NOON)
    expect(risk.cooldown_until_us).toBe(0)
  })
})

describe('switches', () => {
  test('pause and resume, halt and reset; the first reason of a halt stands', () => {
    const risk = Risk.create(config, ['a'])
    Risk.command(risk, Command.PAUSE, NOON)
    expect(risk.paused).toBe(true)
    Risk.command(risk, Command.RESET, NOON)
    expect(risk.paused).toBe(true)
    Risk.command(risk, Command.RESUME, NOON)
    expect(risk.paused).toBe(false)
    Risk.command(risk, Command.HALT, NOON)
    Risk.halt(risk, Gate.INVARIANT, NOON + 1)
    expect([risk.halted, risk.halted_us]).toEqual([Gate.KILL_SWITCH, NOON])
    Risk.command(risk, Command.RESUME, NOON)
    expect(risk.halted).toBe(Gate.KILL_SWITCH)
    Risk.setUserStream(risk, true)
    expect(risk.user_down).toBe(true)
  })

  test('lists permit by slug or prefix; deny wins', () => {
    const slugs = ['btc-updown-5m-1', 'btc-updown-15m-1', 'eth-updown-5m-1']
    const denied = (changes: Partial<RiskConfig>) => [...Risk.create({ ...config, ...changes }, slugs).denied]
    expect(denied({})).toEqual([0, 0, 0])
    expect(denied({ allow: ['btc-*'] })).toEqual([0, 0, 1])
    expect(denied({ allow: ['btc-*'], deny: ['*-15m-1', 'btc-updown-15m-1'] })).toEqual([0, 1, 1])
    expect(denied({ deny: ['*'] })).toEqual([1, 1, 1])
    expect(denied({ allow: ['btc-updown-5m-1'] })).toEqual([0, 1, 1])
  })
})

describe('critical invariants', () => {
  const sound = { residual: 0, least_shares: 0, price: 5000, notional: 1000 * MICRO }
  test('each halts trading by itself and says which it was', () => {
    const broken = (changes: Partial<Invariants.Facts>) => {
      const risk = Risk.create(config, ['a'])
      const code = Invariants.verify(risk, config, { ...sound, ...changes }, NOON)
      expect(risk.halted).toBe(code === 0 ? Gate.NONE : Gate.INVARIANT)
      expect(Invariants.SENTENCES[code]).toMatch(/\.$/)
      return code
    }
    const { Broken } = Invariants
    expect(broken({})).toBe(Broken.NONE)
    expect(broken({ residual: -1 })).toBe(Broken.LEDGER)
    expect(broken({ least_shares: -1 })).toBe(Broken.SHARES)
    expect(broken({ price: 0 })).toBe(Broken.PRICE)
    expect(broken({ price: 10_000 })).toBe(Broken.PRICE)
    expect(broken({ price: Number.NaN })).toBe(Broken.PRICE)
    expect(broken({ notional: 1000 * MICRO + 1 })).toBe(Broken.NOTIONAL)
    expect(Invariants.SENTENCES.length).toBe(Object.keys(Broken).length)
  })
})

describe('reasons', () => {
  test('every code has a name and a sentence of its own, unknown ones say so', () => {
    for (const [codes, of] of [
      [Gate, Reasons.ofGate],
      [RejectCode, Reasons.ofRejection],
    ] as const) {
      const all = Object.entries(codes).map(([name, code]) => {
        const reason = of(code)
        expect(reason).toMatchObject({ code, name })
        return reason.sentence
      })
      expect(new Set(all).size).toBe(all.length)
      for (const sentence of all) expect(sentence).toMatch(/^[A-Z].*\.$/)
    }
    expect(Reasons.ofGate(250)).toMatchObject({ code: 250, name: 'CODE_250' })
  })
})
