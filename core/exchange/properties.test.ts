import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { Flag } from '../events/index.ts'
import { Mix, Plain } from '../hash/index.ts'
import { Tif } from '../machine/records.ts'
import { MS, mulDiv, notional, ONE, SECOND } from '../units/index.ts'
import * as Account from './account.ts'
import * as Debits from './debits.ts'
import type { NewOrder } from './exchange.ts'
import * as Resting from './resting.ts'
import * as Scenario from './scenario.fixture.ts'
import * as Trial from './trial.fixture.ts'
import { Stage } from './venue-orders.ts'

/** Orders as they were sent, by number. */
type Sent = Map<number, Omit<NewOrder, 'order' | 'expire_us'>>

function playAll(
  scenario: Scenario.Scenario,
  onStep: (t: Trial.Trial, step: Scenario.Step, sent: Sent) => void = () => {},
): { t: Trial.Trial; sent: Sent } {
  const t = Scenario.begin(scenario)
  const sent: Sent = new Map()
  for (const step of scenario.steps) {
    if (step.do === 'send') sent.set(t.next, step.order)
    Scenario.play(t, step)
    onStep(t, step, sent)
  }
  Scenario.finish(t, scenario)
  return { t, sent }
}

const runs = (n: number) => ({ numRuns: n })

describe('any scenario', () => {
  test('nothing of the account is ever negative, and what orders reserve adds up', () => {
    fc.assert(
      fc.property(Scenario.scenarios, (scenario) => {
        playAll(scenario, (t) => assertAccount(t))
      }),
      runs(1000),
    )
  })

  test('the answers alone, booked by a naive ledger, give the account to the last unit', () => {
    fc.assert(
      fc.property(Scenario.scenarios, (scenario) => {
        const { t, sent } = playAll(scenario)
        const ledger = naiveLedger(t.answers, sent, scenario)
        const { cash, cash_pending, cash_reserved, markets } = t.ex.state
        expect([cash_pending, cash_reserved]).toEqual([0, 0])
        expect(cash).toBe(ledger.cash)
        markets.forEach((market, i) => {
          expect(market.held).toEqual(ledger.held[i])
          expect([market.pending, market.reserved]).toEqual([
            [0, 0],
            [0, 0],
          ])
        })
      }),
      runs(1000),
    )
  })

  test('every order ends in exactly one way, with what is left of it, and no fill comes after', () => {
    fc.assert(
      fc.property(Scenario.scenarios, (scenario) => {
        const { t, sent } = playAll(scenario)
        expect(t.ex.state.orders.stage.every((stage) => stage === Stage.FREE)).toBe(true)
        for (const [number, order] of sent) assertEnd(t.answers, number, order)
      }),
      runs(1000),
    )
  })

  test('answers arrive in the order in which they were given, each fill’s life in its own', () => {
    fc.assert(
      fc.property(Scenario.scenarios, (scenario) => {
        const { t } = playAll(scenario)
        const lives = new Map<number, string[]>()
        t.answers.forEach((one, i) => {
          if (i > 0) expect(one.at).toBeGreaterThanOrEqual(t.answers[i - 1]!.at)
          if (one.kind.startsWith('FILL_'))
            lives.set(one.number, [...(lives.get(one.number) ?? []), one.kind])
        })
        for (const life of lives.values()) {
          expect([
            'FILL_MATCHED,FILL_MINED,FILL_CONFIRMED',
            'FILL_MATCHED,FILL_RETRYING,FILL_FAILED',
          ]).toContain(life.join())
        }
        expect([...lives.keys()]).toEqual(Array.from({ length: t.ex.state.fills }, (_, i) => i))
      }),
      runs(500),
    )
  })

  test('stored and read back at any step, it goes on as if nothing had happened', () => {
    fc.assert(
      fc.property(Scenario.scenarios, fc.nat(80), (scenario, at) => {
        const straight = playAll(scenario).t
        const t = Scenario.begin(scenario)
        scenario.steps.forEach((step, i) => {
          if (i === at)
            t.ex = { ...t.ex, state: Plain.decode(Plain.encode(t.ex.state, {}), {}) as typeof t.ex.state }
          Scenario.play(t, step)
        })
        Scenario.finish(t, scenario)
        expect(t.answers).toEqual(straight.answers)
        expect(digest(t.ex.state)).toEqual(digest(straight.ex.state))
      }),
      runs(500),
    )
  })

  test('a market that does not listen to levels would do nothing about one', () => {
    let silent = 0
    fc.assert(
      fc.property(Scenario.scenarios, fc.constantFrom<1 | 2>(1, 2), (scenario, side) => {
        playAll(scenario, (t) => {
          if (Resting.listens(t.ex, 0)) return
          silent++
          const before = digest(t.ex.state)
          Resting.onLevel(t.ex, 0, side, 5000, 7, 3, 0, t.now)
          if (before.join() !== digest(t.ex.state).join()) throw new Error('it did something')
        })
      }),
      runs(50),
    )
    expect(silent).toBeGreaterThan(10)
  })

  test('the same scenario gives the same answers', () => {
    fc.assert(
      fc.property(Scenario.scenarios, (scenario) => {
        expect(playAll(scenario).t.answers).toEqual(playAll(scenario).t.answers)
      }),
      runs(200),
    )
  })
})

describe('no model fills more than was traded or displayed', () => {
  test('makers: by message, price by price; takers: level by level, gap fills excepted', () => {
    let filled = 0
    fc.assert(
      fc.property(Scenario.scenarios, (drawn) => {
        const scenario = { ...drawn, jitter: false }
        const t = Scenario.begin(scenario)
        const sent: Sent = new Map()
        const audit = createAudit()
        for (const step of scenario.steps) {
          if (step.do === 'send') sent.set(t.next, step.order)
          const first = t.answers.length
          const before = t.ex.state.markets.map((market) => structuredClone(market.taken))
          const supply = step.do === 'message' ? supplyOf(t, step, audit) : null
          Scenario.play(t, step)
          const fills = t.answers.slice(first).filter((one) => one.kind === 'FILL_MATCHED')
          filled += fills.length
          t.ex.state.markets.forEach((_, market) => {
            const own = fills.filter((one) => one.market === market)
            const touched = supply !== null && supply.market === market ? supply : null
            carryOn(t, market, before[market]!, touched !== null && step.do === 'message' ? step : null)
            assertDisplayed(t, market)
            if (touched === null) assertTakers(t, market, own, before[market]!, sent)
            if (touched !== null) assertMakers(t, own, before[market]!, touched, sent)
            // What an optimist takes for a trade is one when nothing was printed for it in time.
            else if (scenario.fill !== 'queue-optimistic' || !scenario.prints)
              expect(own.filter((one) => (one.flags & Flag.MAKER) !== 0)).toEqual([])
          })
        }
      }),
      runs(800),
    )
    // Otherwise the scenarios are too tame to say anything.
    expect(filled).toBeGreaterThan(200)
  })
})

describe('one resting order', () => {
  const unit = 10_000
  const small = fc.integer({ min: 1, max: 30 }).map((n) => n * unit)
  const price = fc.constantFrom(4800, 4900, 5000, 5100)
  const row: fc.Arbitrary<Trial.Row> = fc.oneof(
    fc.record({
      row: fc.constant('level' as const),
      side: fc.constantFrom<1 | 2>(1, 1, 1, 2),
      price,
      size: fc.oneof(fc.constant(0), small),
    }),
    fc.record({
      row: fc.constant('trade' as const),
      taker: fc.constantFrom<1 | 2>(2, 2, 1),
      price,
      size: small,
    }),
  )
  const messages = fc.array(fc.array(row, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 30 })

  test('is filled by the pessimistic queue no sooner than by the neutral, and there no sooner than by the optimistic', () => {
    let differ = 0
    fc.assert(
      fc.property(messages, small, price, fc.boolean(), (list, size, at, prints) => {
        const tapes = prints ? list : list.map((rows) => rows.filter((one) => one.row !== 'trade'))
        const models = (['queue-pessimistic', 'queue-neutral', 'queue-optimistic'] as const).map((fill) => {
          const t = Trial.create({ prints, terms: { min_size: 0 }, settings: { fill } })
          Trial.message(t, tapes[0]!)
          return { t, order: Trial.send(t, { price: at, size, post_only: true }) }
        })
        for (const [i, rows] of tapes.slice(1).entries()) {
          const [worst, middle, best] = models.map(({ t, order }) => {
            // Sometimes at once, sometimes so late that it finds no other telling of its trades.
            Trial.until(t, t.now + ((i * size) % 7) * 20 * MS)
            Trial.message(t, rows)
            return Trial.filled(t, order)
          })
          expect(worst).toBeLessThanOrEqual(middle!)
          expect(middle).toBeLessThanOrEqual(best!)
          if (worst !== best) differ++
        }
      }),
      runs(500),
    )
    expect(differ).toBeGreaterThan(5)
  })
})

describe('the pessimistic queue of several orders', () => {
  const unit = 10_000
  const bids = [4800, 4900, 5000]
  const moves = fc.array(
    fc.oneof(
      fc.record({
        do: fc.constant('print' as const),
        price: fc.constantFrom(...bids),
        size: fc.integer({ min: 1, max: 25 }),
      }),
      fc.record({ do: fc.constant('level' as const), price: fc.constantFrom(...bids), size: fc.nat(30) }),
      fc.record({
        do: fc.constant('join' as const),
        price: fc.constantFrom(...bids),
        size: fc.integer({ min: 1, max: 20 }),
      }),
      fc.record({ do: fc.constant('cancel' as const), which: fc.nat(20) }),
    ),
    { maxLength: 60 },
  )

  test('equals a model that hands out traded shares one by one', () => {
    let shares = 0
    fc.assert(
      fc.property(moves, (list) => {
        const t = Trial.create({ terms: { min_size: 0 } })
        const model: { number: number; price: number; ahead: number; left: number; filled: number }[] = []
        const levels = new Map<number, number>()
        for (const move of list) {
          // What happens here is told once: nothing is the other telling of anything.
          Trial.until(t, t.now + SECOND)
          if (move.do === 'level') {
            levels.set(move.price, move.size)
            Trial.message(t, [Trial.bid(move.price, move.size * unit)])
          } else if (move.do === 'join') {
            const number = Trial.send(t, { price: move.price, size: move.size * unit })
            const ahead = levels.get(move.price) ?? 0
            model.push({ number, price: move.price, ahead, left: move.size, filled: 0 })
          } else if (move.do === 'cancel') {
            const one = model[move.which % Math.max(1, model.length)]
            if (one === undefined || one.left === 0) continue
            one.left = 0
            Trial.cancel(t, one.number)
          } else {
            Trial.message(t, [Trial.sells(move.price, move.size * unit)])
            for (let i = 0; i < move.size; i++) handOut(model, move.price)
          }
          for (const one of model) expect(Trial.filled(t, one.number)).toBe(one.filled * unit)
        }
        shares += model.reduce((sum, one) => sum + one.filled, 0)
      }),
      runs(1000),
    )
    expect(shares).toBeGreaterThan(50)
  })

  /**
   * One share sold at `price`: to our best bid above it, else to our first there with nobody ahead, else to somebody who is
   * ahead of all of ours there that still wait for somebody.
   */
  function handOut(
    model: { price: number; ahead: number; left: number; filled: number }[],
    price: number,
  ): void {
    const through = model.filter((one) => one.left > 0 && one.price > price).sort((a, b) => b.price - a.price)
    const at = model.filter((one) => one.left > 0 && one.price === price)
    const taker = through[0] ?? at.find((one) => one.ahead === 0)
    if (taker !== undefined) {
      taker.left--
      taker.filled++
      return
    }
    for (const one of at) if (one.ahead > 0) one.ahead--
  }
})

function digest(state: unknown): Int32Array {
  const mix = Mix.create()
  Plain.digest(mix, state, {})
  return mix
}

/** Every figure of the account by itself: no expectation is made where nothing is wrong, of which there are millions. */
function assertAccount(t: Trial.Trial): void {
  const { state } = t.ex
  const { orders } = state
  const wrong: string[] = []
  const cash = { reserved: 0 }
  const shares = state.markets.map(() => [0, 0])
  for (let slot = 0; slot < orders.used; slot++) {
    if (orders.stage[slot] === Stage.FREE) continue
    if (orders.granted[slot] !== 0 || orders.vanished[slot] !== 0) wrong.push(`slot ${slot} has grants`)
    if (!(orders.reserved[slot]! >= 0)) wrong.push(`slot ${slot} reserves ${orders.reserved[slot]}`)
    if (orders.side[slot] === 1) cash.reserved += orders.reserved[slot]!
    else shares[orders.market[slot]!]![orders.outcome[slot]!]! += orders.reserved[slot]!
  }
  if (state.cash_reserved !== cash.reserved) wrong.push('reserved cash')
  if (!Number.isSafeInteger(state.cash)) wrong.push('cash')
  if (!(Math.min(state.cash_pending, Account.freeCash(state)) >= 0)) wrong.push('negative cash')
  state.markets.forEach((market, i) => {
    for (const outcome of [0, 1] as const) {
      if (market.reserved[outcome] !== shares[i]![outcome]) wrong.push('reserved shares')
      if (!(Math.min(market.pending[outcome], Account.freeShares(market, outcome)) >= 0))
        wrong.push('negative shares')
    }
    for (const [list, sign] of [[market.bids, 1] as const, [market.asks, -1] as const]) {
      const prices = list.map((slot) => sign * orders.price[slot]!)
      if (prices.some((one, k) => k > 0 && one > prices[k - 1]!)) wrong.push('priority')
      if (list.some((slot) => orders.stage[slot] !== Stage.RESTING)) wrong.push('stage')
    }
  })
  expect(wrong).toEqual([])
}

/** Cash and shares as a bookkeeper knows them who sees the answers and nothing else. */
function naiveLedger(answers: readonly Trial.Answer[], sent: Sent, { cash, shares }: Scenario.Scenario) {
  const ledger = { cash, held: Array.from({ length: Scenario.MARKETS }, () => [shares, shares]) }
  const matched = new Map<number, Trial.Answer>()
  const book = (one: Trial.Answer, sign: number) => {
    const { outcome, side } = sent.get(one.order)!
    const in_shares = (one.flags & Flag.FEE_IN_SHARES) !== 0
    const value = notional(one.y, one.x, 'up')
    const direction = side === 1 ? 1 : -1
    ledger.cash += sign * (-direction * value - (in_shares ? 0 : one.fee))
    ledger.held[one.market]![outcome]! += sign * (direction * one.y - (in_shares ? one.fee : 0))
  }
  for (const one of answers) {
    if (one.kind === 'FILL_MATCHED') {
      matched.set(one.number, one)
      book(one, 1)
    } else if (one.kind === 'FILL_FAILED') book(matched.get(one.number)!, -1)
    else if (one.kind === 'MERGED' && one.x === 0) {
      ledger.cash += one.y
      ledger.held[one.market]![0]! -= one.y
      ledger.held[one.market]![1]! -= one.y
    } else if (one.kind === 'REDEEMED') {
      ledger.cash += mulDiv(one.y, one.x, ONE, 'down')
      ledger.held[one.market]![one.flags]! -= one.y
    }
  }
  return ledger
}

function assertEnd(
  answers: readonly Trial.Answer[],
  number: number,
  order: Omit<NewOrder, 'order' | 'expire_us'>,
): void {
  const own = answers.filter((one) => one.order === number)
  const ends = own.filter((one) => ['ORDER_REJECTED', 'ORDER_CANCELLED', 'ORDER_EXPIRED'].includes(one.kind))
  const fills = own.filter((one) => one.kind === 'FILL_MATCHED')
  const shares = fills.reduce((sum, one) => sum + one.y, 0)
  const cost = fills.reduce((sum, one) => sum + notional(one.y, one.x, 'up'), 0)
  const taking = order.tif === Tif.FAK || order.tif === Tif.FOK
  expect(ends.length).toBe(taking || shares < order.size ? 1 : 0)
  const end = ends[0]
  if (end === undefined) expect(shares).toBe(order.size)
  else {
    expect(own.indexOf(end)).toBeGreaterThan(fills.length === 0 ? -1 : own.indexOf(fills.at(-1)!))
    if (end.kind === 'ORDER_REJECTED') expect(fills).toEqual([])
    else if (order.amount > 0) expect([end.x, end.y]).toEqual([0, order.amount - cost])
    else expect([end.x, end.y]).toEqual([order.size - shares, 0])
    if (taking && end.kind !== 'ORDER_REJECTED') expect(fills.length).toBeGreaterThan(0)
    if (order.tif === Tif.FOK && end.kind !== 'ORDER_REJECTED') expect(end.x + end.y).toBe(0)
  }
  // Never beyond the limit.
  for (const one of fills) {
    if (order.side === 1) expect(one.x).toBeLessThanOrEqual(order.price)
    else expect(one.x).toBeGreaterThanOrEqual(order.price)
  }
  const accepted = own.filter((one) => one.kind === 'ORDER_ACCEPTED').length
  expect(accepted).toBeLessThanOrEqual(taking ? 0 : 1)
}

type Level = { side: 1 | 2; price: number; size: number }
/** What one message offers to makers, told apart from the exchange. */
type Supply = {
  market: number
  prints: Level[]
  decreases: Level[]
  changed: Set<string>
  was_silent: boolean
}
/** Prints since each level's last change, by market and level. */
type Audit = Map<string, number>

const createAudit = (): Audit => new Map()
const keyOf = (side: number, price: number) => `${side}@${price}`

function supplyOf(t: Trial.Trial, step: Scenario.Step & { do: 'message' }, audit: Audit): Supply {
  const { market } = step
  const venue = t.ex.state.markets[market]!
  const supply: Supply = { market, prints: [], decreases: [], changed: new Set(), was_silent: venue.silent }
  const book = t.ex.feeds[market]!.book!
  const sizes = new Map<string, number>()
  for (const side of [1, 2] as const)
    for (const [price, size] of Book.levels(book, side)) sizes.set(keyOf(side, price), size)
  for (const row of step.rows) {
    if (row.row === 'reset') {
      for (const key of [...sizes.keys(), ...audit.keys()].map((one) => one.split(':').at(-1)!)) {
        supply.changed.add(key)
        audit.delete(`${market}:${key}`)
      }
      sizes.clear()
      continue
    }
    const side = row.row === 'trade' ? (row.taker === 2 ? 1 : 2) : row.side
    const key = keyOf(side, row.price)
    const printed = audit.get(`${market}:${key}`) ?? 0
    if (row.row === 'trade') {
      supply.prints.push({ side, price: row.price, size: row.size })
      if ((sizes.get(key) ?? 0) > 0) audit.set(`${market}:${key}`, printed + row.size)
      continue
    }
    const before = sizes.get(key) ?? 0
    if (before === row.size) continue
    supply.changed.add(key)
    audit.delete(`${market}:${key}`)
    const size = before - row.size - printed
    if (size > 0) supply.decreases.push({ side, price: row.price, size })
    sizes.set(key, row.size)
  }
  return supply
}

/** What was taken before, as it stands after the message: the carrying itself has its own tests, see debits.test.ts. */
function carryOn(
  t: Trial.Trial,
  market: number,
  taken: Debits.Debits,
  step: (Scenario.Step & { do: 'message' }) | null,
): void {
  if (step === null) return
  if (step.rows.some((one) => one.row === 'reset')) Debits.reset(taken)
  Debits.carry(taken, t.ex.feeds[market]!.book!, t.ex.config.taken_depth)
}

const sum = (levels: readonly { size: number }[]) => levels.reduce((total, one) => total + one.size, 0)

/** What is taken of a level is at most what it displays, but where a reset left it unseen. */
function assertDisplayed(t: Trial.Trial, market: number): void {
  const { taken } = t.ex.state.markets[market]!
  taken.price.forEach((price, i) => {
    const side = taken.side[i]! as 1 | 2
    const shown = Book.size(t.ex.feeds[market]!.book!, side, price)
    expect(taken.taken[i]).toBeLessThanOrEqual(taken.unseen[i] === 1 ? taken.shown[i]! : shown)
  })
}

/** What fills took since `before`, level by level; nothing is given back. */
function usedUp(t: Trial.Trial, market: number, before: Debits.Debits): Level[] {
  const { taken } = t.ex.state.markets[market]!
  const levels: Level[] = []
  taken.price.forEach((price, i) => {
    const side = taken.side[i]! as 1 | 2
    const size = taken.taken[i]! - Debits.takenAt(before, side, price)
    expect(size).toBeGreaterThanOrEqual(0)
    if (size > 0) levels.push({ side, price, size })
  })
  before.price.forEach((price, i) => {
    expect(Debits.takenAt(taken, before.side[i]!, price)).toBeGreaterThanOrEqual(before.taken[i]!)
  })
  return levels
}

/** A taker's fills are what was taken of the levels at their prices; by `bbo` all of it is of the touch, at no better price. */
function assertTakers(
  t: Trial.Trial,
  market: number,
  fills: readonly Trial.Answer[],
  before: Debits.Debits,
  sent: Sent,
): void {
  const taken = fills.filter((one) => (one.flags & Flag.MAKER) === 0)
  const book = t.ex.feeds[market]!.book!
  const levels = new Map<string, number>()
  for (const one of taken) {
    const { outcome, side } = sent.get(one.order)!
    const against = (outcome === 0) === (side === 1) ? 2 : 1
    const price = outcome === 0 ? one.x : ONE - one.x
    const touch = against === 2 ? book.best_ask : book.best_bid
    expect(against === 2 ? price - touch : touch - price).toBeGreaterThanOrEqual(0)
    levels.set(keyOf(against, price), (levels.get(keyOf(against, price)) ?? 0) + one.y)
  }
  const used = usedUp(t, market, before)
  if (t.ex.config.fill === 'bbo') {
    for (const { side, price } of used) expect(price).toBe(side === 2 ? book.best_ask : book.best_bid)
    expect(sum(used)).toBe(sum(taken.map((one) => ({ size: one.y }))))
    return
  }
  expect(new Map(used.map((one) => [keyOf(one.side, one.price), one.size]))).toEqual(levels)
}

/**
 * Maker fills of a message: for every price L, what bids at or below L got is at most what was printed, newly used up of the
 * asks, or (where the model reads decreases as trade) left a bid level, at or below L. Asks are the mirror.
 */
function assertMakers(
  t: Trial.Trial,
  fills: readonly Trial.Answer[],
  before: Debits.Debits,
  supply: Supply,
  sent: Sent,
): void {
  const { config, prints } = t.ex
  const used = usedUp(t, supply.market, before)
  const makers: Level[] = []
  for (const one of fills) {
    if ((one.flags & Flag.MAKER) === 0) continue
    if ((one.flags & Flag.GAP_FILL) !== 0) {
      expect(supply.was_silent || supply.changed.size > 0).toBe(true)
      continue
    }
    const { outcome, side } = sent.get(one.order)!
    const book_side = (outcome === 0) === (side === 1) ? 1 : 2
    makers.push({ side: book_side, price: outcome === 0 ? one.x : ONE - one.x, size: one.y })
  }
  const reads = !prints && (config.fill === 'queue-optimistic' || config.fill === 'queue-neutral')
  for (const side of [1, 2] as const) {
    for (const { price: limit } of makers.filter((one) => one.side === side)) {
      const reaches = (one: Level) => (side === 1 ? one.price <= limit : one.price >= limit)
      const of = (levels: readonly Level[], from: 1 | 2) =>
        sum(levels.filter((one) => one.side === from && reaches(one)))
      const supplied = of(supply.prints, side) + of(used, side === 1 ? 2 : 1)
      expect(of(makers, side)).toBeLessThanOrEqual(supplied + (reads ? of(supply.decreases, side) : 0))
    }
  }
}
