import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Evidence, Ledger, type LedgerState, Pnl } from './index.ts'
import type { Lots } from './lots.ts'
import type { Positions } from './positions.ts'

const MARKETS = 3
const CASH = 1e13
const OPS = [
  ...[
    'buy',
    'buy',
    'buy',
    'buy',
    'sell',
    'sell',
    'confirm',
    'confirm',
    'fail',
    'fail',
    'mark',
    'merge',
    'merge',
  ],
  ...['split', 'redeem', 'redeem', 'resolve', 'deposit', 'withdraw', 'reward', 'rebate', 'gas', 'in', 'out'],
] as const

type Command = {
  op: (typeof OPS)[number]
  market: number
  outcome: number
  price: number
  size: number
  part: number
  fee: 'none' | 'usdc' | 'shares'
  mid: number
  payout: number
}
const command: fc.Arbitrary<Command> = fc.record({
  op: fc.constantFrom(...OPS),
  market: fc.integer({ min: 0, max: MARKETS - 1 }),
  outcome: fc.integer({ min: 0, max: 1 }),
  price: fc.integer({ min: 1, max: ONE - 1 }),
  size: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1_000_000, max: 2_000_000_000 })),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
  fee: fc.constantFrom('none', 'usdc', 'shares'),
  mid: fc.integer({ min: 1, max: 2 * ONE - 1 }).map((half_ticks) => half_ticks / 2),
  payout: fc.constantFrom(0, 5_000, 10_000),
})
const commands = fc.array(command, { maxLength: 120, size: 'max' })

/** What was done to a ledger, in a form that can be done to another; with what it should do to cash and shares. */
type Step = {
  fill: number
  run: (ledger: LedgerState) => void
  cash: number
  shares: [number, number, number]
}

/** Turn a command into a step that the ledger as it stands allows; null where it allows none. */
function step(ledger: LedgerState, c: Command, number: number, open: number[]): Step | null {
  const token: [number, number] = [c.market, c.outcome]
  const confirmed = [0, 1].map((o) => Math.max(0, Ledger.confirmedShares(ledger, c.market, o)))
  const amount = Math.ceil((c.size * c.price) / ONE)
  const at = (shares: number): [number, number, number] => [...token, shares]
  const both = Math.floor(Math.min(confirmed[0]!, confirmed[1]!) * c.part)
  const some = Math.floor(confirmed[c.outcome]! * c.part)
  const of = (cash: number, shares: number, run: Step['run'], fill = -1): Step => ({
    fill,
    run,
    cash,
    shares: at(shares),
  })
  if (c.op === 'buy' || c.op === 'sell') {
    const side = c.op === 'buy' ? 1 : 2
    const usdc = c.fee === 'usdc' ? Math.floor(amount * 0.03) : 0
    const kept_back = c.fee === 'shares' && side === 1 ? Math.floor(c.size * 0.03) : 0
    const cash = (side === 1 ? -amount : amount) - usdc
    const shares = side === 1 ? c.size - kept_back : -c.size
    const run: Step['run'] = (l) =>
      Ledger.fill(l, ...token, side, c.price, c.size, usdc, kept_back, number, number, c.part < 0.5)
    return of(cash, shares, run, number)
  }
  if (c.op === 'confirm' || c.op === 'fail') {
    if (open.length === 0) return null
    const [fill] = open.splice(Math.floor(c.part * (open.length - 1)), 1)
    if (c.op === 'confirm') return of(0, 0, (l) => Ledger.confirm(l, fill!), fill)
    return { ...of(0, 0, (l) => Ledger.fail(l, fill!, number), fill), cash: Number.NaN }
  }
  if (c.op === 'merge')
    return both === 0
      ? null
      : {
          ...of(both - c.price, 0, (l) => Ledger.merge(l, c.market, both, c.price, number)),
          shares: [c.market, 2, -both],
        }
  if (c.op === 'split')
    return {
      ...of(-c.size, 0, (l) => Ledger.split(l, c.market, c.size, number)),
      shares: [c.market, 2, c.size],
    }
  if (c.op === 'redeem')
    return some === 0
      ? null
      : of(Math.floor((some * c.payout) / ONE), -some, (l) =>
          Ledger.redeem(l, ...token, some, c.payout, number),
        )
  if (c.op === 'in') return of(0, c.size, (l) => Ledger.transferIn(l, ...token, c.size, number))
  if (c.op === 'out')
    return some === 0 ? null : of(0, -some, (l) => Ledger.transferOut(l, ...token, some, number))
  if (c.op === 'mark') return of(0, 0, (l) => Ledger.mark(l, c.market, c.mid))
  if (c.op === 'resolve') return of(0, 0, (l) => Ledger.resolve(l, c.market, c.payout, number))
  const flow = { deposit: 1, withdraw: -1, reward: 1, rebate: 1, gas: -1 }[c.op]
  const { op } = c
  return of(flow * c.size, 0, (l) => Ledger[op](l, c.size, number))
}

/** Do commands to a new ledger whose markets were all marked; `each` is called after every step. */
function play(
  all: Command[],
  each: (ledger: LedgerState, steps: Step[]) => void,
): { ledger: LedgerState; steps: Step[] } {
  const ledger = marked()
  const steps: Step[] = []
  const open: number[] = []
  all.forEach((c, i) => {
    const next = step(ledger, c, i, open)
    if (next === null) return
    if (c.op === 'buy' || c.op === 'sell') open.push(i)
    next.run(ledger)
    steps.push(next)
    each(ledger, steps)
  })
  return { ledger, steps }
}

function marked(): LedgerState {
  const ledger = Ledger.create(MARKETS, CASH)
  for (let market = 0; market < MARKETS; market++) Ledger.mark(ledger, market, 5_000)
  return ledger
}

const failed = (steps: Step[]): Set<number> =>
  new Set(steps.filter((s) => Number.isNaN(s.cash)).map((s) => s.fill))

/** Everything a ledger says, without the places where it keeps it. */
function content(ledger: LedgerState): unknown {
  const { evidence, moves, last, move, spare_lots, spare_moves, base, now, ...rest } = ledger
  return { ...rest, now: position(now) }
}

function position(positions: Positions): unknown {
  const list = (lots: Lots | null): unknown =>
    lots === null
      ? []
      : Array.from({ length: lots.length }, (_, i) => {
          const at = (lots.head + i) & (lots.shares.length - 1)
          return [lots.shares[at], lots.basis[at], lots.cost[at]]
        })
  return { ...positions, lots: positions.lots.map(list) }
}

describe('the ledger under random streams of everything that can happen to it', () => {
  test('both identities, parts, values and the sums kept beside them hold after every event', () => {
    const parts = Pnl.createParts()
    fc.assert(
      fc.property(commands, (all) => {
        play(all, (ledger, steps) => {
          const gone = failed(steps)
          const cash = steps.reduce((sum, s) => sum + (gone.has(s.fill) ? 0 : s.cash), CASH)
          expect(ledger.cash).toBe(cash)
          expect(Ledger.residualMoney(ledger)).toBe(0)
          expect(Ledger.residual(ledger)).toBe(0)
          let value = 0
          let exposure = 0
          let short = 0
          for (let market = 0; market < MARKETS; market++) {
            for (const outcome of [0, 1]) {
              const held = steps.reduce(
                (sum, { fill, shares: [m, o, n] }) =>
                  sum + (!gone.has(fill) && m === market && (o === 2 || o === outcome) ? n : 0),
                0,
              )
              expect(Ledger.shares(ledger, market, outcome)).toBe(held)
              expect(Ledger.residualShares(ledger, market, outcome)).toBe(0)
              if (held < 0) short++
            }
            const list = (position(ledger.now) as { lots: number[][][] }).lots[market]!
            expect(list.reduce((sum, lot) => sum + lot[1]!, 0)).toBe(ledger.now.basis[market])
            expect(list.reduce((sum, lot) => sum + lot[2]!, 0)).toBe(Ledger.exposure(ledger, market))
            Pnl.assertParts(ledger, market, Pnl.parts(ledger, market, parts))
            expect(parts.fees).toBeGreaterThanOrEqual(0)
            const up = Ledger.shares(ledger, market, 0)
            const down = Ledger.shares(ledger, market, 1)
            const mark = ledger.payout[market]! >= 0 ? 2 * ledger.payout[market]! : ledger.mid[market]!
            const rest = BigInt(Math.abs(up - down)) * BigInt(up > down ? mark : 2 * ONE - mark)
            expect(ledger.value[market]).toBe(Math.min(up, down) + Number(rest / BigInt(2 * ONE)))
            value += ledger.value[market]!
            exposure += Ledger.exposure(ledger, market)
          }
          expect([ledger.value_total, ledger.exposure_total]).toEqual([value, exposure])
          expect(Ledger.equity(ledger)).toBe(cash + value)
          expect(Ledger.short(ledger)).toBe(short > 0)
        })
      }),
      { numRuns: 300 },
    )
  })

  test('with every failed fill taken back the ledger is, lots and parts included, the one that never saw them', () => {
    let compared = 0
    fc.assert(
      fc.property(commands, (all) => {
        const { ledger, steps } = play(all, () => {})
        const gone = failed(steps)
        const other = marked()
        for (const s of steps) if (!gone.has(s.fill)) s.run(other)
        expect(content(ledger)).toEqual(content(other))
        expect(ledger.evidence.open).toBe(other.evidence.open)
        compared += gone.size
      }),
      { numRuns: 500 },
    )
    expect(compared).toBeGreaterThan(500)
  })

  test('once no fill is open the base has caught up, and a failure then on is refused', () => {
    fc.assert(
      fc.property(commands, fc.boolean(), (all, newest_first) => {
        const { ledger } = play(all, () => {})
        const open = all
          .map((_, i) => i)
          .filter((i) => Evidence.stage(ledger.evidence, i) !== Evidence.Stage.NONE)
        if (newest_first) open.reverse()
        for (const fill of open) Ledger.confirm(ledger, fill)
        expect(position(ledger.base)).toEqual(position(ledger.now))
        for (const moves of ledger.moves) expect(moves?.length ?? 0).toBe(0)
        for (const fill of open) expect(() => Ledger.fail(ledger, fill, 0)).toThrow(Evidence.EvidenceError)
      }),
    )
  })

  test('fills, splits and deposits in any order end in the same cash, shares and confirmed shares', () => {
    const orderless = commands.map((all) =>
      all.filter(({ op }) => ['buy', 'sell', 'split', 'deposit', 'in', 'rebate'].includes(op)),
    )
    fc.assert(
      fc.property(orderless, fc.infiniteStream(fc.nat()), (all, keys) => {
        const { ledger, steps } = play(all, () => {})
        const key = steps.map(() => keys.next().value!)
        const shuffled = steps.map((s, i) => ({ s, k: key[i]! })).sort((a, b) => a.k - b.k)
        const other = marked()
        for (const { s } of shuffled) s.run(other)
        // Half of the fills confirmed and half failed, again each in its own order.
        const fills = steps.map((s) => s.fill).filter((fill) => fill >= 0)
        for (const fill of fills) fill % 2 === 0 ? Ledger.confirm(ledger, fill) : Ledger.fail(ledger, fill, 0)
        for (const fill of fills.reverse())
          fill % 2 === 0 ? Ledger.confirm(other, fill) : Ledger.fail(other, fill, 0)
        const { cash, totals, flows, confirmed, money } = other
        expect({ cash, totals, flows, confirmed, money, held: other.now.held }).toEqual({
          cash: ledger.cash,
          totals: ledger.totals,
          flows: ledger.flows,
          confirmed: ledger.confirmed,
          money: ledger.money,
          held: ledger.now.held,
        })
      }),
    )
  })

  test('a copy of the state goes on as the state does: nothing is kept outside it', () => {
    fc.assert(
      fc.property(commands, fc.nat({ max: 119 }), (all, at) => {
        let copy = marked()
        let copied = 0
        const { ledger, steps } = play(all, (ledger, steps) => {
          if (steps.length === at) {
            copy = structuredClone(ledger)
            copied = at
          }
        })
        for (const s of steps.slice(copied)) s.run(copy)
        expect(copy).toEqual(ledger)
      }),
    )
  })
})
