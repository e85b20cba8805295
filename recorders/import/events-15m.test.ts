import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Feed, Flag, Kind, Side } from '../../core/events/index.ts'
import { inFolder } from '../tape/fixtures.ts'
import { openDataset, verifyDataset } from '../tape/index.ts'
import { events15m } from './events-15m.ts'
import { rowsOf, writeLines } from './text-fixtures.ts'

const LOG = [
  'event_slug,timestamp_ms,timestamp_iso,timestamp_est,event_type,price,size,size_change,side,best_bid,best_ask',
  'token_id,is_winning_token,outcome,time_since_ticker_change_ms,ticker_changed_recently,old_tick_size',
  'new_tick_size,market_resolved,error_message',
].join(',')
const WALLET =
  'id,timestamp,timestamp_iso,timestamp_est,wallet,side,price,size,usdc_value,asset,condition_id,outcome,event_slug,transaction_hash,fee_rate'

/** Start of the made-up window, 09:30 in New York, ms. */
const START_MS = Date.parse('2026-02-20T14:30:00Z')
const LABEL = 'btc-15min-up-or-down-09:30'
const UP = '37338942673313500236651204946537006010091690100049702876756979196743137988102'
const DOWN = '31384026577049185897808354789613964190451983007475372402019964173614298084116'

type Cells = Partial<
  Record<
    | 'price'
    | 'size'
    | 'side'
    | 'winner'
    | 'since'
    | 'before'
    | 'after'
    | 'label'
    | 'token'
    | 'outcome'
    | 'iso'
    | 'ms',
    string
  >
>

/** A row of a log, at ms after the start of the window. */
function event(at_ms: number, type: string, cells: Cells = {}): string {
  const { label = LABEL, token = UP, outcome = token === DOWN ? 'Down' : 'Up' } = cells
  const ms = cells.ms ?? String(START_MS + at_ms)
  const iso = cells.iso ?? new Date(START_MS + at_ms).toISOString().slice(0, 19).replace('T', ' ')
  const { price = '', size = '', side = '', winner = 'false', since = '', before = '', after = '' } = cells
  return [
    label,
    ms,
    iso,
    '',
    type,
    price,
    size,
    '',
    side,
    '',
    '',
    token,
    winner,
    outcome,
    since,
    '',
    before,
    after,
    '',
    '',
  ].join(',')
}

const open = (at_ms: number, token: string) => event(at_ms, 'market_open', { token })
const opened = [open(-60_000, UP), open(-59_990, DOWN)]
const trade = (at_ms: number, cells: Cells = {}) =>
  event(at_ms, 'last_trade_price', { price: '0.99', size: '97.82', side: 'SELL', ...cells })
const tick = (at_ms: number, before: string, cells: Cells = {}) =>
  event(at_ms, 'tick_size_change', { before, after: '0.001', since: '25', ...cells })
const resolved = (at_ms: number, token: string, winner: string) =>
  event(at_ms, 'market_resolved', { token, winner })
const error = (at_ms: number) => event(at_ms, 'error', { token: '', outcome: '', winner: '' })

function fill(
  at_s: number,
  cells: Partial<Record<'wallet' | 'side' | 'price' | 'size' | 'token' | 'outcome', string>> = {},
) {
  const {
    wallet = '0xb7',
    side = 'BUY',
    price = '0.999',
    size = '221.41',
    token = DOWN,
    outcome = 'Down',
  } = cells
  const time = START_MS / 1_000 + at_s
  return ['', time, '', '', wallet, side, price, size, '', token, '0x1', outcome, LABEL, '0x2', ''].join(',')
}

async function imported(log: readonly string[], wallet?: readonly string[]) {
  return inFolder(async (folder) => {
    const files: string[] = []
    if (wallet !== undefined) files.push(await writeLines(join(folder, 'wallet.csv'), [WALLET, ...wallet]))
    files.push(await writeLines(join(folder, 'log.csv.gz'), [LOG, ...log], 'gzip'))
    const dir = join(folder, 'out')
    const report = await events15m.run(files, {}, { out: dir, accept_refused: true })
    await verifyDataset(dir)
    const told = Object.fromEntries(report.inferred.map(({ what, agreement }) => [what, agreement]))
    return { report, told, rows: await rowsOf(dir), dataset: await openDataset(dir) }
  })
}

const us = (at_ms: number) => (START_MS + at_ms) * 1_000
const base = { feed: Feed.CLOB_MARKET, exch_us: 0, side: 0, price: 0, size: 0, flags: Flag.LAST }

describe('rows of a log', () => {
  test('a trade has the taker’s side, in the terms of its token; the ids of tokens are kept to the last digit', async () => {
    const { rows, dataset } = await imported([
      ...opened,
      trade(600_000),
      trade(600_001, { token: DOWN, side: 'BUY', price: '0.999', size: '1.0101' }),
    ])
    expect(rows.slice(2)).toEqual([
      {
        ...base,
        kind: Kind.TRADE,
        local_us: us(600_000),
        instrument: 0,
        side: Side.SELL,
        price: 9_900,
        size: 97_820_000,
      },
      {
        ...base,
        kind: Kind.TRADE,
        local_us: us(600_001),
        instrument: 1,
        side: Side.BUY,
        price: 9_990,
        size: 1_010_100,
      },
    ])
    expect(dataset.instruments.instruments).toEqual([
      { kind: 'token', market: 0, outcome: 'up', token_id: UP },
      { kind: 'token', market: 0, outcome: 'down', token_id: DOWN },
    ])
    expect(dataset.instruments.markets[0]).toMatchObject({
      slug: `btc-updown-15m-${START_MS / 1_000}`,
      start_us: us(0),
    })
    expect(dataset.manifest).toMatchObject({ carries: { book: 'none', trades: true }, licence: 'unknown' })
  })

  test('a tick size that changes is a row with the venue’s time, one that does not is proof of life', async () => {
    const { rows, told } = await imported([
      ...opened,
      tick(700_000, '0.01'),
      tick(700_002, '0.01', { token: DOWN, since: '27' }),
      tick(700_003, '0.001', { since: '28' }),
      tick(700_004, '0.001', { token: DOWN, since: '-1' }),
    ])
    const change = us(700_000) - 25_000
    expect(rows.slice(2)).toEqual([
      { ...base, kind: Kind.TICK_SIZE, local_us: us(700_000), exch_us: change, instrument: 0, price: 10 },
      { ...base, kind: Kind.TICK_SIZE, local_us: us(700_002), exch_us: change, instrument: 1, price: 10 },
      { ...base, kind: Kind.ALIVE, local_us: us(700_003), exch_us: change, instrument: 0 },
      { ...base, kind: Kind.ALIVE, local_us: us(700_004), instrument: 1 },
    ])
    expect(told['when the venue changed a tick size']).toBe('0 of 1')
    expect(told['rows that say again what is known']).toBe('2 of 6')
  })

  test('the outcome is official, known when it was received; told again for the other token it is proof of life', async () => {
    for (const [first, second, up_payout] of [
      [resolved(1_200_000, UP, 'true'), resolved(1_200_002, DOWN, 'false'), 10_000],
      [resolved(1_200_000, UP, 'false'), resolved(1_200_002, DOWN, 'true'), 0],
      [resolved(1_200_000, DOWN, 'true'), resolved(1_200_002, UP, 'false'), 0],
    ] as const) {
      const { rows, report, dataset, told } = await imported([...opened, first, second])
      expect(rows.slice(2).map(({ kind, price }) => [kind, price])).toEqual([
        [Kind.RESOLVED, up_payout],
        [Kind.ALIVE, 0],
      ])
      expect(dataset.resolutions).toEqual([
        { market: 0, up_payout, known_us: us(1_200_000), class: 'recorded' },
      ])
      expect(report.windows).toMatchObject({ total: 1, recorded: 1 })
      expect(told['the window that a label names']).toBe('1 of 1 resolutions, 0 of 0 trades')
    }
  })

  test('levels that grew are refused and counted: no book follows from them', async () => {
    const { report, told } = await imported([
      ...opened,
      event(600_000, 'ask', { price: '0.99', size: '5' }),
      // The venue's time, minutes behind the recorder's clock: no reason to stop.
      event(400_000, 'bid', { price: '0.99', size: '5', iso: '2026-02-20 14:41:00' }),
    ])
    expect(report.refused).toEqual([
      {
        reason: 'a level that grew: those that shrank are not in the log, and no book follows from it',
        count: 2,
        first: 'log.csv.gz row 2',
      },
    ])
    expect(told['timestamp_ms of trades, ticks and resolutions is the time of reception']).toBe(
      '2 of 2 rows taken; 1 of 2 levels',
    )
  })

  test('each bad row is refused with its reason', async () => {
    const bad: [string, string][] = [
      ['x', 'another number of cells than the header'],
      [
        trade(2, { ms: '1771598' }),
        'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
      ],
      [trade(2, { iso: '2026-02-20 09:30:00' }), 'timestamp_ms and timestamp_iso are not one time'],
      [trade(2, { label: 'btc-15min-up-or-down-09:31' }), 'a label that names no window near its time'],
      [
        trade(2, { token: '3.7338942673313500e+76' }),
        'a token_id that is none, or that was read as a number',
      ],
      [trade(2, { outcome: 'Yes' }), 'an outcome other than Up and Down'],
      [trade(2, { price: '0.99001' }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
      [trade(2, { price: '1' }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
      [trade(2, { size: '0.0000001' }), 'a size that is not a decimal of 1e-6 above 0'],
      [trade(2, { side: 'BID' }), 'a side other than BUY and SELL'],
      [tick(2, '0.03'), 'a tick size that is none'],
      [resolved(2, UP, ''), 'nothing says who won'],
      [event(2, 'rumour'), 'an event of another type'],
      [trade(2, { token: `9${UP}` }), 'a third token in one market'],
      [trade(2, { outcome: 'Down' }), 'a token of another outcome or window before'],
      [trade(2, { label: 'btc-15min-up-or-down-09:45' }), 'a token of another outcome or window before'],
    ]
    const { report, rows } = await imported([...opened, trade(2), ...bad.map(([text]) => text), trade(3)])
    const reasons = bad.map(([, reason]) => reason)
    const expected = [...new Set(reasons)].map((reason) => ({
      reason,
      count: reasons.filter((other) => other === reason).length,
      first: `log.csv.gz row ${reasons.indexOf(reason) + 3}`,
    }))
    expect(report.refused).toHaveLength(expected.length)
    for (const one of expected) expect(report.refused).toContainEqual(one)
    expect(rows).toHaveLength(4)
  })

  test('of two outcomes the later holds, both stand on the tape, and the window is named', async () => {
    const { report, dataset, rows } = await imported([
      ...opened,
      resolved(1_200_000, UP, 'true'),
      resolved(1_200_001, DOWN, 'true'),
    ])
    expect(report.refused).toEqual([])
    expect(dataset.resolutions).toMatchObject([{ up_payout: 0 }])
    expect(rows.filter(({ kind }) => kind === Kind.RESOLVED).map(({ price }) => price)).toEqual([10_000, 0])
    const turned = report.inferred.find(({ what }) => what.includes('resolved twice'))
    expect(turned).toMatchObject({
      agreement: '1 of 1 resolutions',
      exceptions: [dataset.instruments.markets[0]!.slug],
    })
  })
})

describe('gaps of a log', () => {
  test('a lost connection is refused, and a gap to the next row of its market', async () => {
    const { report, dataset } = await imported([
      ...opened,
      trade(600_000),
      error(610_000),
      error(620_000),
      trade(700_000),
      resolved(1_000_000, UP, 'true'),
    ])
    expect(report.refused).toEqual([
      { reason: 'an error: the connection was lost', count: 2, first: 'log.csv.gz row 3' },
    ])
    expect(dataset.gaps).toEqual([
      {
        market: 0,
        feed: 'clob_market',
        from_us: us(610_000),
        to_us: us(700_000),
        reason: 'refused: the connection was lost',
      },
    ])
  })

  test('silence is no gap, what lies before and behind the log is', async () => {
    const { report, dataset, told } = await imported([open(300_000, UP), open(300_001, DOWN), trade(600_000)])
    expect(dataset.gaps.map(({ from_us, to_us, reason }) => [from_us, to_us, reason])).toEqual([
      [us(0), us(300_000), 'not recorded'],
      [us(600_000), us(900_000), 'not recorded'],
    ])
    expect(report.gaps).toMatchObject({ count: 0, markets: { count: 2, seconds: 600 } })
    expect(told['silence is no gap']).toBe('1 times, 300 s')
  })
})

describe('a wallet beside a log', () => {
  test('its trades are taken where the log has named their token, at their second, the newest last', async () => {
    const { rows, told, report } = await imported(
      [...opened, trade(600_500), resolved(1_000_000, UP, 'false')],
      [
        fill(931),
        fill(602, { size: '2.5' }),
        fill(602, { size: '1.5' }),
        fill(-1_000),
        fill(700, { token: '1' }),
      ],
    )
    const fills = rows.filter(({ kind }) => kind === Kind.WALLET_TRADE)
    expect(fills).toEqual(
      [
        [602, 1_500_000],
        [602, 2_500_000],
        [931, 221_410_000],
      ].map(([s, size]) => ({
        ...base,
        kind: Kind.WALLET_TRADE,
        feed: Feed.WALLETS,
        local_us: us(s! * 1_000),
        instrument: 1,
        side: Side.BUY,
        price: 9_990,
        size,
      })),
    )
    expect(report.refused).toMatchObject([
      { reason: 'wallet: a token that the log has not named before', count: 2 },
    ])
    expect(told['fills of the wallet']).toBe('3 of 5')
  })

  test('each bad trade is refused with its reason', async () => {
    const bad: [string, string][] = [
      [
        fill(602).replace(String(START_MS / 1_000 + 602), '2026-02-20'),
        'a time that is neither a number of s, ms, µs or ns since 1970, nor ISO with a zone, between 2000 and 2100',
      ],
      [fill(602, { wallet: '0xb8' }), 'another wallet than the first'],
      [fill(602, { side: 'buy' }), 'a side other than BUY and SELL'],
      [fill(602, { price: '0.99901' }), 'a price that is not a decimal of 1e-4 inside (0, 1)'],
      [fill(602, { size: '0' }), 'a size that is not a decimal of 1e-6 above 0'],
      [fill(602, { outcome: '' }), 'an outcome other than Up and Down'],
      ['x', 'another number of cells than the header'],
    ]
    const { report } = await imported([...opened, trade(600_000)], [fill(601), ...bad.map(([text]) => text)])
    expect(report.refused).toEqual(
      bad.map(([, reason], i) => ({
        reason: `wallet: ${reason}`,
        count: 1,
        first: `wallet.csv row ${i + 1}`,
      })),
    )
  })

  test('a wallet alone is refused: nothing says which token is which', async () => {
    await inFolder(async (folder) => {
      const file = await writeLines(join(folder, 'wallet.csv'), [WALLET, fill(1)])
      const run = events15m.run([file], {}, { out: join(folder, 'out') })
      await expect(run).rejects.toMatchObject({ code: 'import.log', file })
    })
  })
})
