import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { failingDisk, playDisk } from '../../bench/recorder/soak/disk.ts'
import { FAULT_CASES } from '../../bench/recorder/soak/fault-cases.ts'
import { type FaultOutcome, playFault } from '../../bench/recorder/soak/faults.ts'
import { playKills } from '../../bench/recorder/soak/kills.ts'
import { temporary } from '../fixtures/folders.ts'

const root = temporary()
const FEEDS = ['binance', 'clob_market', 'coinbase', 'kraken', 'rtds']

function folder(name: string): string {
  const dir = join(root, name)
  mkdirSync(dir)
  return dir
}

/** How often something was told, over all feeds. */
function told({ health }: FaultOutcome, event: string): number {
  let sum = 0
  for (const [name, { count }] of Object.entries(health)) if (name.split(' ')[1] === event) sum += count
  return sum
}

/** What must be recorded of a fault, beside what must be of every one. */
const EXPECTED: Readonly<Record<string, (outcome: FaultOutcome) => void>> = {
  'freeze-socket'(outcome) {
    for (const feed of ['clob_market', 'binance']) {
      expect(outcome.health[`${feed} lost`]?.count).toBeGreaterThan(0)
      expect(outcome.health[`${feed} promoted`]?.count).toBeGreaterThan(0)
      expect(outcome.gaps[feed]?.count).toBeGreaterThan(0)
    }
  },
  'freeze-venue'(outcome) {
    expect(outcome.withheld).toBeGreaterThan(0)
    expect(outcome.health['clob_market opened_second']?.count).toBeGreaterThan(0)
  },
  duplicate(outcome) {
    expect(outcome.quarantined).toBe(0)
    expect(outcome.undelivered).toBe(0)
  },
  reorder(outcome) {
    expect(outcome.struck.reorder).toBeGreaterThan(0)
  },
  malformed(outcome) {
    expect(outcome.quarantined).toBeGreaterThan(0)
    expect(outcome.quarantined).toBeLessThanOrEqual(outcome.struck.malformed!)
    const suppressed = FEEDS.filter((feed) => outcome.health[`${feed} suppressed`] !== undefined)
    expect(suppressed.length).toBeGreaterThan(0)
    for (const feed of suppressed) expect(outcome.gaps[feed]?.count).toBeGreaterThan(0)
  },
  slow(outcome) {
    expect(outcome.undelivered).toBe(0)
  },
  'wrong-best-bid'(outcome) {
    expect(outcome.health['clob_market mismatch']?.count).toBeGreaterThan(0)
    expect(outcome.health['clob_market reseed']?.count).toBeGreaterThan(0)
  },
  lost(outcome) {
    expect(outcome.withheld).toBe(outcome.struck.lost)
    expect(told(outcome, 'missed')).toBeGreaterThan(0)
  },
  'html-error'(outcome) {
    expect(told(outcome, 'refused')).toBeGreaterThan(0)
  },
}

describe.concurrent('a venue that misbehaves', () => {
  test.for(FAULT_CASES.map((one) => [one.name, one] as const))(
    '%s: what is missing is a gap, and the books are the venue’s again',
    async ([name, fault]) => {
      const outcome = await playFault(folder(name), fault)
      expect(outcome.uncovered).toEqual([])
      expect(outcome.dropped).toBe(0)
      expect(outcome.holes).toBe(0)
      expect(outcome.rows_again).toBe(outcome.rows)
      expect(outcome.books.tokens).toBeGreaterThan(0)
      expect(outcome.books.tops).toBe(outcome.books.tokens)
      expect(outcome.books.whole).toBe(outcome.books.tokens)
      for (const count of Object.values(outcome.struck)) expect(count).toBeGreaterThan(0)
      if (fault.cuts) {
        expect(outcome.ended).toBeGreaterThanOrEqual(FEEDS.length)
        expect(outcome.reconnects).toBeGreaterThanOrEqual(FEEDS.length)
        expect(Object.keys(outcome.gaps)).toEqual(expect.arrayContaining(FEEDS))
        expect(told(outcome, 'back')).toBeGreaterThanOrEqual(FEEDS.length)
      }
      EXPECTED[name]?.(outcome)
    },
  )
})

describe.concurrent('a disk that fails', () => {
  test.for(['stuck', 'full'] as const)('%s: sockets wait, and nothing is lost', async (how) => {
    const dir = folder(`disk-${how}`)
    const outcome = await playDisk(how, failingDisk(dir, how), join(dir, 'sent.jsonl'))
    expect(outcome.problem).not.toBe('')
    expect([outcome.dropped, outcome.holes, outcome.undelivered]).toEqual([0, 0, 0])
    expect(outcome.uncovered).toEqual([])
    expect(outcome.rows_again).toBe(outcome.rows)
    expect(outcome.books.whole).toBe(outcome.books.tokens)
  })

  test('full, in a flood: what cannot be kept is counted, noted and a gap', async () => {
    const dir = folder('disk-flood')
    const disk = failingDisk(dir, 'full')
    const outcome = await playDisk('flood', disk, join(dir, 'sent.jsonl'), { flood: true })
    expect(outcome.problem).not.toBe('')
    expect(outcome.dropped).toBeGreaterThan(0)
    expect(outcome.dropped_told).toBe(outcome.dropped)
    expect(outcome.holes).toBeLessThanOrEqual(outcome.dropped)
    expect(outcome.uncovered).toEqual([])
    expect(outcome.gaps.clob_market?.count).toBeGreaterThan(0)
    expect(outcome.rows_again).toBe(outcome.rows)
    expect(outcome.books.whole).toBe(outcome.books.tokens)
  })
})

describe('a recorder that is killed', () => {
  test('keeps the first frames of every connection, tells the time of its absence, and goes on', async () => {
    const { kills, kept, last_lost, whole, wrong } = await playKills(folder('kills'), 6, 2, {
      life_max_ms: 1_000,
    })
    expect(wrong).toEqual([])
    expect(kills).toHaveLength(6)
    expect(kept).toBeGreaterThan(0)
    expect(last_lost).toBe(0)
    expect(whole.rows).toBe(whole.rows_again)
  })
})
