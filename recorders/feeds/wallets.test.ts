import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { defaults } from '../../core/config/index.ts'
import { Flag, Kind } from '../../core/events/index.ts'
import { pollSettings } from '../settings.ts'
import { answerOf } from './answers.fixture.ts'
import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import type { Scope } from './feed.ts'
import { createTaken, RECEIVED_US, receipt, type Taken } from './fixtures.ts'
import { wallets } from './wallets.ts'

const WALLET = '0xc2ad3f9ad8b4a4ee0f9ae8f9e8f4f1e8b00f40ed'
const SCOPE: Scope = {
  assets: [],
  series: [],
  markets: [],
  wallets: [WALLET.toUpperCase().replace('0X', '0x')],
  credentials: new Set(),
}
const START_S = RECEIVED_US / 1e6
const SETTINGS = { ...defaults(pollSettings), wallet_pages: 1_000 }
const { up } = EXAMPLE_LISTING.tokens

type Trade = { at_s: number; price: number; taker: boolean }

const rowOf = ({ at_s, price }: Trade) => ({
  proxy_wallet: WALLET,
  timestamp: START_S + at_s,
  condition_id: EXAMPLE_LISTING.market.condition_id,
  size: 5,
  price: price / 10,
  transaction_hash: `0x${at_s}`,
  token_id: up,
  side: 'BUY',
  outcome_index: 0,
  outcome: 'Up',
  slug: EXAMPLE_LISTING.market.slug,
})

/** The Data API with pages of three rows, a recorder's questions and its reader, and time that passes between them. */
function createRig(page: number, settings = SETTINGS) {
  const taken = createTaken([EXAMPLE_LISTING])
  const trades: Trade[] = []
  let polling = wallets.polling!(settings)
  let reader = wallets.read(taken.out)
  let now_us = 0
  function serve(path: string): { data: object[]; pagination: object } {
    const asked = new URL(path, 'http://x').searchParams
    const all = trades.filter(({ taker }) => asked.get('taker_only') !== 'true' || taker)
    const to = asked.has('cursor') ? Number(asked.get('cursor')) : all.length
    const from = Math.max(0, to - page)
    return {
      data: all.slice(from, to).reverse().map(rowOf),
      pagination: { limit: page, offset: 0, has_more: from > 0, next_cursor: String(from) },
    }
  }
  return {
    taken,
    trades,
    asked: [] as string[],
    /** Ask for every list and read it to the end, or until an answer fails. */
    poll(fails: (path: string) => boolean = () => false) {
      for (const { line } of polling.plans(SCOPE)) {
        const plan = polling.plans(SCOPE).find((one) => one.line === line)!
        for (let more = true; more; ) {
          const { request, path } = plan.ask(now_us)!
          this.asked.push(path)
          if (fails(path)) {
            more = plan.answered!(answerOf('<html>', false))
            continue
          }
          const answer = serve(path)
          const about = {
            feed: 'wallets',
            request,
            path,
            status: 200,
            sent_us: RECEIVED_US + now_us,
          } as const
          now_us += 1_000
          expect(reader.answer!(JSON.stringify(answer), about, receipt(now_us))).toBeUndefined()
          more = plan.answered!(answerOf(answer))
        }
      }
      now_us += 20_000_000
    },
    restart() {
      reader = wallets.read(taken.out, JSON.parse(JSON.stringify(reader.state())))
      polling = wallets.polling!(settings, JSON.parse(JSON.stringify(polling.state())))
    },
  }
}

const told = ({ side }: Taken, source: string) =>
  (side.wallet_activity ?? []).filter((row) => row.source === source)
const kindsOf = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort()
const trade = fc.record({
  at_s: fc.integer({ min: 0, max: 1 }),
  price: fc.integer({ min: 4, max: 6 }),
  taker: fc.boolean(),
})

describe('a wallet’s trades', () => {
  test('are told once each, equal ones too, however the pages fall, answers fail and the recorder starts again', () => {
    const rounds = fc.array(
      fc.record({
        trades: fc.array(trade, { maxLength: 9 }),
        fails: fc.array(fc.boolean(), { maxLength: 6 }),
        restart: fc.boolean(),
      }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(rounds, fc.integer({ min: 1, max: 4 }), (list, page) => {
        const rig = createRig(page)
        // Everything before the first page is history: the list is empty when the recorder comes.
        rig.poll()
        let at_s = 0
        for (const { trades, fails, restart } of list) {
          for (const one of trades) {
            at_s += one.at_s
            // Equal ones share the role, since nothing tells which of them was which.
            rig.trades.push({ ...one, at_s, taker: one.price === 5 })
          }
          const left = [...fails]
          rig.poll(() => left.pop() ?? false)
          if (restart) rig.restart()
        }
        rig.poll()
        rig.poll()
        const expected = kindsOf(
          rig.trades.map(({ at_s, price, taker }) => ({
            at_s,
            price: price * 1_000,
            role: taker ? 'taker' : 'maker',
          })),
        )
        const rows = (role: boolean) =>
          told(rig.taken, 'trades')
            .filter((row) => (row.role !== '') === role)
            .map((row) => ({ at_s: Number(row.exch_us) / 1e6 - START_S, price: row.price, role: row.role }))
        expect(kindsOf(rows(true))).toEqual(expected)
        expect(rows(false)).toHaveLength(rig.trades.length)
        expect(told(rig.taken, 'activity')).toHaveLength(rig.trades.length)
        expect(rig.taken.rows.filter(({ kind }) => kind === Kind.WALLET_TRADE)).toHaveLength(
          rig.trades.length,
        )
      }),
      { numRuns: 150 },
    )
  })

  test('of equal ones each has a number of its own, and the tape’s row points at its entry', () => {
    const rig = createRig(2)
    rig.poll()
    for (let i = 0; i < 5; i++) rig.trades.push({ at_s: 1, price: 5, taker: i < 2 })
    rig.poll()
    rig.poll()
    const rows = told(rig.taken, 'trades')
    expect(rows.map(({ copy, role }) => [copy, role]).sort()).toEqual(
      [0, 1, 2, 3, 4]
        .flatMap((copy) => [
          [copy, ''],
          [copy, copy < 2 ? 'taker' : 'maker'],
        ])
        .sort(),
    )
    const all = rig.taken.side.wallet_activity!
    for (const { ref, size } of rig.taken.rows)
      expect(all[ref]).toMatchObject({ source: 'trades', role: '', size })
  })

  test('from before the recorder came are marked, and only the newest page of them is read', () => {
    const rig = createRig(3)
    for (let i = 0; i < 9; i++) rig.trades.push({ at_s: i, price: 5, taker: true })
    rig.poll()
    expect(rig.asked.some((path) => path.includes('cursor'))).toBe(false)
    expect(
      rig.taken.rows.map(({ flags, exch_us }) => [flags & Flag.SNAPSHOT, exch_us / 1e6 - START_S]),
    ).toEqual([
      [Flag.SNAPSHOT, 6],
      [Flag.SNAPSHOT, 7],
      [Flag.SNAPSHOT, 8],
    ])
    rig.trades.push({ at_s: 9, price: 5, taker: true })
    rig.poll()
    rig.poll()
    expect(rig.taken.rows).toHaveLength(4)
    expect(rig.taken.rows.at(-1)!.flags).toBe(0)
    // Of the oldest second of a page more may lie on the next one: its role is left open.
    expect(
      told(rig.taken, 'trades')
        .filter(({ role }) => role === 'taker')
        .map((row) => Number(row.exch_us) / 1e6 - START_S),
    ).toEqual([7, 8, 9])
  })

  test('of hours are caught up with after an answer that failed half-way', () => {
    const rig = createRig(2)
    rig.trades.push({ at_s: 0, price: 5, taker: false })
    rig.poll()
    for (let hour = 1; hour <= 6; hour++) rig.trades.push({ at_s: hour * 3_600, price: 5, taker: false })
    rig.poll((path) => path.includes('cursor=3'))
    expect(rig.taken.rows).toHaveLength(1 + 4)
    rig.poll()
    expect(rig.taken.rows).toHaveLength(1 + 6)
  })

  test('of a page that comes twice in one reading are not told twice', () => {
    const taken = createTaken([EXAMPLE_LISTING])
    const reader = wallets.read(taken.out)
    const take = (cursor: string, has_more: boolean, ...data: object[]) =>
      reader.answer!(
        JSON.stringify({ data, pagination: { has_more, next_cursor: 'b' } }),
        {
          feed: 'wallets',
          request: 'trades',
          path: `/v2/trades?user=${WALLET}${cursor}`,
          status: 200,
          sent_us: 0,
        },
        receipt(),
      )
    const one = rowOf({ at_s: 1, price: 5, taker: false })
    take('', false)
    take('', true, one)
    take('&cursor=b', false, one)
    take('&cursor=b', false, one)
    expect(taken.rows).toHaveLength(2)
  })

  test('beyond the bound of pages are given up', () => {
    const rig = createRig(2, { ...SETTINGS, wallet_pages: 3, wallet_overlap_s: 0 })
    rig.poll()
    for (let i = 0; i < 20; i++) rig.trades.push({ at_s: 10 + i, price: 5, taker: false })
    rig.poll()
    expect(rig.taken.rows).toHaveLength(6)
    rig.poll()
    expect(rig.taken.rows).toHaveLength(6)
  })
})

describe('entries', () => {
  const about = (request: string) =>
    ({ feed: 'wallets', request, path: `/v2/x?user=${WALLET}`, status: 200, sent_us: RECEIVED_US }) as const
  const read = (request: string, ...rows: object[]) => {
    const taken = createTaken([EXAMPLE_LISTING])
    const refused = wallets.read(taken.out).answer!(
      JSON.stringify({ data: rows }),
      about(request),
      receipt(1_000_000),
    )
    return { taken, refused, rows: taken.side.wallet_activity ?? [] }
  }
  const TRADE = rowOf({ at_s: 0, price: 5, taker: true })

  test('of tokens that no market lists ask for theirs once, where it is not over', () => {
    const other = { ...TRADE, token_id: '77', slug: 'eth-updown-5m-1790619600' }
    const { taken } = read(
      'trades',
      other,
      { ...other, price: 0.4 },
      { ...other, slug: 'Not a slug' },
      { ...other, slug: 'old-one', timestamp: START_S - 90_000 },
    )
    expect(taken.wishes).toEqual([{ wish: 'look_up', slug: 'eth-updown-5m-1790619600' }])
    expect(taken.rows).toEqual([])
  })

  test('of every type are kept, with nothing where the interface says nothing', () => {
    const { rows } = read('activity', {
      timestamp: START_S,
      type: 'REWARD',
      size: 1e-7,
      usdc_size: 12_345_678_901,
      price: 0,
      token_id: '',
      side: '',
      outcome: '',
      outcome_index: 999,
    })
    expect(rows).toEqual([
      {
        wallet: WALLET,
        source: 'activity',
        exch_us: RECEIVED_US,
        type: 'REWARD',
        role: '',
        copy: 0,
        instrument: null,
        token_id: '',
        condition_id: '',
        outcome: '',
        side: '',
        price: 0,
        price_text: '0',
        size: 0,
        usdc: null,
        slug: '',
        transaction_hash: '',
      },
    ])
  })

  test('that cannot be are refused by field and spare the others; fields of no schema are counted', () => {
    for (const [bad, reason] of [
      [{ ...TRADE, side: 'HOLD' }, 'row.side: neither BUY nor SELL'],
      [{ ...TRADE, price: 1.1 }, 'row.price: no decimal inside [0, 1]'],
      [{ ...TRADE, size: 0 }, 'row.size: no amount above 0'],
      [{ ...TRADE, size: -1 }, 'row.size: no amount above 0'],
      [{ ...TRADE, timestamp: 12 }, 'row.timestamp: no time'],
    ] as const) {
      const { refused, rows } = read('trades', bad, { ...TRADE, extra: 1 })
      expect(refused).toEqual({ reason, place: 'rows 0 (1 of 2 are refused)' })
      expect(rows).toHaveLength(1)
    }
    expect(read('trades', { ...TRADE, extra: 1 }).taken.unknown).toEqual({ 'row.extra': 1 })
  })

  test('are of the wallet that was asked for; an answer to another question is refused', () => {
    const { reader } = { reader: wallets.read(createTaken().out) }
    const path = '/v2/trades?user=me'
    expect(reader.answer!('[]', { ...about('trades'), path }, receipt())).toMatch(/no request/)
    expect(reader.answer!('[]', about('positions'), receipt())).toMatch(/no request/)
    expect(reader.answer!('{}', about('trades'), receipt())).toMatch(/page\.data/)
    expect(reader.answer!('nope', about('trades'), receipt())).toBe('not JSON')
  })
})

describe('pages of others, of the interface’s first version', () => {
  const folder = new URL('../../../shared/data/wire-fixtures/', import.meta.url).pathname
  test.each(['rust/data_api_trades_response.json', 'py/http_responses/trades.json'])('%s is read', (file) => {
    if (!existsSync(folder + file)) {
      console.log(`skipped: ${folder}${file} is not here`)
      return
    }
    const text = readFileSync(folder + file, 'utf8')
    const taken = createTaken()
    const path = `/trades?user=${WALLET}`
    const about = { feed: 'wallets', request: 'trades', path, status: 200, sent_us: 0 } as const
    expect(wallets.read(taken.out).answer!(text, about, receipt())).toBeUndefined()
    const sent = JSON.parse(text) as { asset: string; price: number; size: number; timestamp: number }[]
    expect(
      taken.side.wallet_activity!.map(({ token_id, price, size, exch_us }) => [
        token_id,
        price,
        size,
        exch_us,
      ]),
    ).toEqual(
      sent
        .map(({ asset, price, size, timestamp }) => [
          asset,
          Math.round(price * 1e4),
          Math.round(size * 1e6),
          timestamp * 1e6,
        ])
        .reverse(),
    )
    expect(taken.unknown).toEqual({})
  })
})
