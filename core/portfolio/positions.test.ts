import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ONE } from '../units/index.ts'
import { Ledger, Pnl } from './index.ts'

/**
 * A second ledger of one market, written from the words of the rule: shares move in chunks of which every price, mid and fee is
 * whole, each chunk is an object in a list, and a fill is done chunk by chunk.
 */
const CHUNK = 20_000
type Chunk = { cost: number; basis: number }
type Fill = {
  side: 1 | 2
  outcome: 0 | 1
  price: number
  chunks: number
  fee: number
  half_mid: number
  fails: boolean
}

const fill: fc.Arbitrary<Fill> = fc.record({
  side: fc.constantFrom(1, 1, 1, 2),
  outcome: fc.constantFrom(0, 1),
  price: fc.integer({ min: 1, max: ONE - 1 }),
  chunks: fc.integer({ min: 1, max: 12 }),
  fee: fc.integer({ min: 0, max: 90 }),
  half_mid: fc.integer({ min: 1, max: 2 * ONE - 1 }),
  fails: fc.boolean(),
})

function naive(fills: Fill[]): {
  queues: [Chunk[], Chunk[]]
  parts: Pnl.Parts
  since: number
  most: number
} {
  const queues: [Chunk[], Chunk[]] = [[], []]
  const parts = Pnl.createParts()
  let since = 0
  let sign = 0
  let most = 0
  fills.forEach(({ side, outcome, price, chunks, fee, half_mid }, time) => {
    const fair = outcome === 0 ? half_mid : 2 * ONE - half_mid
    for (let i = 0; i < chunks; i++) {
      parts.fees += fee
      if (side === 1) {
        parts.spread += fair - 2 * price
        const oldest = queues[1 - outcome]!.shift()
        if (oldest === undefined) queues[outcome]!.push({ cost: 2 * price + fee, basis: fair })
        else parts.pairs += CHUNK - oldest.basis - fair
      } else {
        parts.spread += 2 * price - fair
        const oldest = queues[outcome]!.shift()
        // Selling out of a pair leaves its other half: worth what the pair was less what was sold.
        if (oldest === undefined)
          queues[1 - outcome]!.push({ cost: CHUNK - (2 * price - fee), basis: CHUNK - fair })
        else parts.inventory += fair - oldest.basis
      }
    }
    const now = Math.sign(queues[0].length - queues[1].length)
    if (now !== sign) since = now === 0 ? 0 : time + 1
    sign = now
    most = Math.max(most, queues[0].length + queues[1].length)
  })
  const half_mid = fills.at(-1)?.half_mid ?? ONE
  const unpaired = queues[0].length - queues[1].length
  const fair = unpaired >= 0 ? half_mid : 2 * ONE - half_mid
  for (const { basis } of [...queues[0], ...queues[1]]) parts.inventory += fair - basis
  parts.net = parts.spread + parts.pairs + parts.inventory - parts.fees
  return { queues, parts, since, most }
}

describe('pairing, first in first paired', () => {
  test('cost of the unpaired, their age, exposure and parts equal a ledger that moves chunks one by one', () => {
    fc.assert(
      fc.property(fc.array(fill, { maxLength: 60, size: 'max' }), (fills) => {
        const ledger = Ledger.create(1, 1e12)
        fills.forEach((f, i) => {
          Ledger.fill(
            ledger,
            0,
            f.outcome,
            f.side,
            f.price,
            f.chunks * CHUNK,
            f.chunks * f.fee,
            0,
            i,
            i + 1,
            false,
            f.half_mid / 2,
          )
        })
        const { queues, parts, since, most } = naive(fills)
        const chunks = [...queues[0], ...queues[1]]
        const cost = chunks.reduce((sum, chunk) => sum + chunk.cost, 0)
        expect(Ledger.unpaired(ledger, 0)).toBe((queues[0].length - queues[1].length) * CHUNK)
        expect(Ledger.exposure(ledger, 0)).toBe(cost)
        expect(Ledger.unpairedCost(ledger, 0)).toBe(chunks.length === 0 ? 0 : cost / (chunks.length * CHUNK))
        expect(Ledger.unpairedSince(ledger, 0)).toBe(since)
        expect(Ledger.maxUnpaired(ledger, 0)).toBe(most * CHUNK)
        expect(Pnl.parts(ledger, 0, Pnl.createParts())).toEqual(parts)
      }),
      { numRuns: 300 },
    )
  })

  test('a failed fill leaves the pairing of those that stand, though its shares were paired meanwhile', () => {
    fc.assert(
      fc.property(fc.array(fill, { maxLength: 60, size: 'max' }), (fills) => {
        const ledger = Ledger.create(1, 1e12)
        fills.forEach((f, i) => {
          Ledger.fill(
            ledger,
            0,
            f.outcome,
            f.side,
            f.price,
            f.chunks * CHUNK,
            f.chunks * f.fee,
            0,
            i,
            i,
            false,
            f.half_mid / 2,
          )
        })
        for (const [i, f] of fills.entries()) if (f.fails) Ledger.fail(ledger, i, 1_000)
        const standing = fills.filter((f) => !f.fails)
        const { queues, parts } = naive(standing)
        const cost = [...queues[0], ...queues[1]].reduce((sum, chunk) => sum + chunk.cost, 0)
        expect(Ledger.exposure(ledger, 0)).toBe(cost)
        expect(Ledger.unpaired(ledger, 0)).toBe((queues[0].length - queues[1].length) * CHUNK)
        expect(Pnl.parts(ledger, 0, Pnl.createParts())).toEqual(parts)
      }),
      { numRuns: 300 },
    )
  })

  test('the first leg fails after it was paired: the second stands alone with its own cost and age', () => {
    const ledger = Ledger.create(1, 1e9)
    Ledger.mark(ledger, 0, 5_000)
    Ledger.fill(ledger, 0, 0, 1, 4_700, 10_000_000, 0, 0, 1, 100)
    Ledger.fill(ledger, 0, 1, 1, 4_900, 10_000_000, 0, 0, 2, 200)
    expect([Ledger.pairs(ledger, 0), Ledger.unpairedCost(ledger, 0)]).toEqual([10_000_000, 0])
    Ledger.confirm(ledger, 2)
    Ledger.fail(ledger, 1, 300)
    expect([Ledger.pairs(ledger, 0), Ledger.unpairedCost(ledger, 0)]).toEqual([0, 0.49])
    expect(Ledger.unpairedSince(ledger, 0)).toBe(200)
    expect(ledger.cash).toBe(1e9 - 4_900_000)
    expect(Pnl.parts(ledger, 0, Pnl.createParts())).toMatchObject({ spread: 100_000, pairs: 0, net: 100_000 })
  })

  test('spread of both legs and the pair together are one USDC less both prices', () => {
    const leg = fc.record({
      price: fc.integer({ min: 1, max: ONE - 1 }),
      half_mid: fc.integer({ min: 1, max: 2 * ONE - 1 }),
    })
    fc.assert(
      fc.property(leg, leg, fc.integer({ min: 1, max: 100_000 }), (up, down, chunks) => {
        const ledger = Ledger.create(1, 1e12)
        const size = chunks * CHUNK
        Ledger.fill(ledger, 0, 0, 1, up.price, size, 0, 0, 1, 1, true, up.half_mid / 2)
        Ledger.fill(ledger, 0, 1, 1, down.price, size, 0, 0, 2, 2, true, down.half_mid / 2)
        const parts = Pnl.parts(ledger, 0, Pnl.createParts())
        expect(parts.spread + parts.pairs).toBe((size / ONE) * (ONE - up.price - down.price))
        expect(parts.inventory).toBe(0)
      }),
    )
  })
})
