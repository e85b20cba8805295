import { describe, expect, test } from 'vitest'
import { Feed as Code, Flag, Kind } from '../../core/events/index.ts'
import { clobMarket } from '../feeds/clob-market.ts'
import { EXAMPLE_LISTING } from '../feeds/clob-market-examples.ts'
import type { Feed } from '../feeds/feed.ts'
import { gamma } from '../feeds/gamma.ts'
import type { FeedName, JournalRecord, Note } from '../journal/record.ts'
import {
  BEGIN_US,
  become,
  book,
  change,
  createCame,
  createPen,
  gather,
  healthOf,
  listed,
  opened,
  type Pen,
  trade,
} from './fixtures.ts'
import { createNormaliser } from './normalise.ts'
import { sideRowFault } from './side-tables.ts'

const { up, down } = EXAMPLE_LISTING.tokens
const BOOK = book([['0.48', '30']], [['0.53', '25']])
const first = (pen: Pen) => [listed(pen), opened(pen, 1), pen.frame(1, BOOK)]
const lost = (line = 'clob_market/0', feed: FeedName = 'clob_market', since_us = BEGIN_US): Note => ({
  note: 'lost',
  feed,
  line,
  since_us,
  reason: 'closed',
})
const back = (line = 'clob_market/0', feed: FeedName = 'clob_market'): Note => ({ note: 'back', feed, line })

/** A feed whose reader does as it is told by the frame. */
const odd: Feed = {
  ...clobMarket,
  name: 'rtds',
  code: Code.RTDS,
  drops_repeats: true,
  read: (out) => ({
    frame(text) {
      const series = out.series('chainlink-spot', text.split(' ')[1] ?? 'btc', 'chainlink')
      if (text.startsWith('row')) out.row(Kind.ORACLE, series, 0, text.length, 0, 0, 0)
      if (text.startsWith('half')) out.row(Kind.ORACLE, series, 0, 1.5, 0, 0, 0)
      if (text.startsWith('throw')) {
        out.row(Kind.ORACLE, series, 0, 1, 0, 0, 0)
        throw new Error('a mistake')
      }
      if (text.startsWith('unknown')) out.unknown('field')
      return text.startsWith('bad') ? 'not good' : undefined
    },
    identity: (text) => (text.startsWith('row') ? [text] : null),
    state: () => null,
  }),
}
const feeds = [clobMarket, gamma, odd]
const spoken = (pen: Pen, ...texts: string[]): JournalRecord[] => [
  opened(pen, 9, true, { line: 'rtds/0', feed: 'rtds', keys: ['btc'] }),
  ...texts.map((text) => pen.frame(9, text)),
]

describe('rows', () => {
  test('are numbered, stamped with the receipt, of their feed, and end their group', () => {
    const pen = createPen()
    const { rows } = become(first(pen))
    expect(rows.map(([local_us, seq, feed]) => [local_us! - BEGIN_US, seq, feed])).toEqual([
      [1_000, 0, Code.GAMMA],
      [3_000, 1, Code.CLOB_MARKET],
      [3_000, 2, Code.CLOB_MARKET],
    ])
    expect(rows.map((row) => row[9]! & Flag.LAST)).toEqual([1, 0, 1])
  })

  test('never go back in time: a record from before gets the time of the one ahead of it, and it is told', () => {
    const pen = createPen()
    const records = [
      ...first(pen),
      pen.frame(1, change('BUY', '0.5', '1')),
      pen.frame(1, change('BUY', '0.5', '2')),
    ]
    records[3]!.wall_us -= 5_000_000
    const came = become(records)
    expect(came.rows.map(([local_us]) => local_us! - BEGIN_US)).toEqual([1_000, 3_000, 3_000, 3_000, 5_000])
    expect(healthOf(came).at(-1)).toBe('clock_back 1')
  })

  test('that no tape holds are a mistake of the reader: refused with their group, and the next frame is read', () => {
    const pen = createPen()
    const came = become(spoken(pen, 'half', 'throw', 'row btc'), { feeds })
    expect(came.groups).toEqual(['ORACLE chainlink-spot btc 0.00000007 at 0'])
    expect(came.normaliser.totals.refused.map(({ count }) => count)).toEqual([1, 1])
    expect(came.normaliser.malformed).toEqual({ rtds: 2 })
  })

  test('of side tables fit their declarations, and tape rows point at theirs', () => {
    const pen = createPen()
    const came = become([
      ...first(pen),
      pen.frame(1, 'nonsense'),
      pen.note({ note: 'clock', feed: 'binance', offset_us: -3, rtt_us: 9, how: 'Date' }),
      pen.note(lost()),
    ])
    for (const [table, rows] of Object.entries(came.side))
      for (const row of rows) expect(sideRowFault(table, row)).toBeUndefined()
    expect(Object.keys(came.side).sort()).toEqual([
      'clock_offsets',
      'feed_health',
      'market_metadata',
      'quarantine',
    ])
    const [, , , kind] = came.rows[0]!
    expect([kind, came.rows[0]![10]]).toEqual([Kind.MARKET, 0])
    expect(JSON.parse(String(came.side.market_metadata![0]!.metadata))).toMatchObject({
      slug: 'btc-updown-5m-1776255900',
    })
  })
})

describe('what is refused', () => {
  test('is counted by reason with the first place, quarantined with what was sent, and a gap', () => {
    const pen = createPen()
    const bad = [pen.frame(1, '<html>'), pen.frame(1, '{"a":1}'), pen.frame(1, '<html>')]
    pen.now_us += 5_000_000
    const came = become(
      [listed(pen), opened(pen, 1), ...bad, pen.frame(1, 'PONG')].sort((a, b) => a.wall_us - b.wall_us),
    )
    // The connection was opened after they came: nobody knows whose they are.
    expect(came.normaliser.totals.refused).toEqual([
      { reason: 'recorder: an unknown connection', count: 3, first: 'connection 1 frame 0' },
    ])
    const again = createPen()
    const known = become([
      listed(again),
      opened(again, 1),
      ...[1, 2, 3].map((n) => again.frame(1, n === 2 ? '{"a":1}' : '<html>')),
    ])
    expect(known.normaliser.totals.refused).toEqual([
      { reason: 'clob_market: not JSON', count: 2, first: 'connection 1 frame 0' },
      { reason: 'clob_market: no event type', count: 1, first: 'connection 1 frame 1' },
    ])
    expect(
      known.side.quarantine!.map(({ reason, frame, bytes, excerpt }) => [reason, frame, bytes, excerpt]),
    ).toEqual([
      ['not JSON', 0, 6, '<html>'],
      ['no event type', 1, 7, '{"a":1}'],
      ['not JSON', 2, 6, '<html>'],
    ])
    expect(known.normaliser.openGaps(again.now_us)).toEqual([
      {
        market: null,
        feed: 'clob_market',
        from_us: BEGIN_US + 3_000,
        to_us: BEGIN_US + 5_000,
        reason: 'refused: not JSON',
      },
    ])
    again.now_us += 5_000_000
    known.normaliser.take(again.frame(1, 'PONG'))
    expect(known.normaliser.drain().gaps.map(({ to_us }) => to_us - BEGIN_US)).toEqual([5_000])
    expect(known.normaliser.openGaps(again.now_us)).toEqual([])
  })

  test('of any length is cut in the quarantine', () => {
    const pen = createPen()
    const came = become([opened(pen, 1), pen.frame(1, 'x'.repeat(5_000))])
    expect(String(came.side.quarantine![0]!.excerpt).length).toBe(2_048)
    expect(came.side.quarantine![0]!.bytes).toBe(5_000)
  })

  test('is not quoted where credentials were told on the socket', () => {
    const pen = createPen()
    const told: Feed = { ...clobMarket, told_secrets: true }
    const records = [opened(pen, 1), pen.frame(1, '{"echo":"what was said"}')]
    const normaliser = createNormaliser({ feeds: [told, gamma] })
    for (const record of records) normaliser.take(record)
    expect(normaliser.drain().side.quarantine).toMatchObject([{ bytes: 24, excerpt: '' }])
  })
})

describe('a line that is lost', () => {
  test('is down from the row on, and a gap from when nothing could be trusted until it is back', () => {
    const pen = createPen()
    const records = [...first(pen), pen.note(lost('clob_market/0', 'clob_market', BEGIN_US - 7))]
    const { groups, normaliser, rows } = become(records)
    expect(groups.at(-1)).toBe('FEED_DOWN')
    expect(rows.at(-1)!.slice(2, 5)).toEqual([Code.CLOB_MARKET, Kind.FEED_DOWN, 0xffffffff])
    expect(normaliser.openGaps(pen.now_us + 1)).toEqual([
      { market: null, feed: 'clob_market', from_us: BEGIN_US - 7, to_us: pen.now_us + 1, reason: 'closed' },
    ])
    normaliser.take(pen.note(back()))
    const came = createCame()
    gather(normaliser, came)
    expect(came.groups).toEqual(['FEED_UP'])
    expect(came.gaps).toEqual([
      { market: null, feed: 'clob_market', from_us: BEGIN_US - 7, to_us: pen.now_us, reason: 'closed' },
    ])
    expect(normaliser.openGaps(pen.now_us + 9)).toEqual([])
  })

  test('beside others of its feed concerns its own markets alone', () => {
    const pen = createPen()
    const other = ['71', '72'] as const
    const came = become([
      listed(pen),
      listed(pen, 'btc-updown-5m-1776256200', other),
      opened(pen, 1),
      opened(pen, 2, true, { line: 'clob_market/1', keys: other }),
      pen.note(lost('clob_market/1')),
      pen.note(back('clob_market/1')),
    ])
    expect(came.rows.slice(2).map(([, , , kind, instrument]) => [kind, instrument])).toEqual([
      [Kind.FEED_DOWN, 2],
      [Kind.FEED_UP, 2],
    ])
    expect(came.gaps.map(({ market, feed }) => [market, feed])).toEqual([[1, 'clob_market']])
  })

  test('of series concerns the series that came on it', () => {
    const pen = createPen()
    const came = become(
      [
        ...spoken(pen, 'row btc'),
        opened(pen, 10, true, { line: 'rtds/1', feed: 'rtds', keys: ['eth'] }),
        pen.frame(10, 'row eth'),
        pen.note(lost('rtds/1', 'rtds')),
        pen.note(back('rtds/1', 'rtds')),
      ],
      { feeds },
    )
    expect(came.groups.slice(2)).toEqual(['FEED_DOWN chainlink-spot eth', 'FEED_UP chainlink-spot eth'])
    expect(came.gaps.map(({ market, feed }) => [market, feed])).toEqual([[null, 'rtds']])
  })

  test('and retired is a gap until then, and none after', () => {
    const pen = createPen()
    const { normaliser, gaps } = become([
      ...first(pen),
      pen.note(lost()),
      pen.note({ note: 'retired', feed: 'clob_market', line: 'clob_market/0' }),
    ])
    expect(gaps.map(({ to_us }) => to_us)).toEqual([pen.now_us])
    expect(normaliser.openGaps(pen.now_us)).toEqual([])
  })
})

describe('the recorder itself', () => {
  test('was not there: every feed has a gap, and is up when its first line is open again', () => {
    const pen = createPen()
    const records = [...first(pen), ...spoken(pen, 'row btc')]
    pen.now_us += 1_000_000
    const absent: Note = {
      note: 'absent',
      from_us: BEGIN_US + 5_000,
      to_us: BEGIN_US + 900_000,
      reason: 'killed',
    }
    const came = become(
      [
        ...records,
        pen.note({ note: 'start', recorder: 'lockstep', version: '1', scope: {} }),
        pen.note(absent),
        opened(pen, 21),
        pen.frame(21, BOOK),
        pen.frame(1, BOOK),
      ],
      { feeds },
    )
    expect(came.groups.slice(3)).toEqual([
      'FEED_DOWN',
      'FEED_DOWN',
      'FEED_UP',
      'BOOK_RESET up snapshot | LEVEL up bid 0.48 30 snapshot | LEVEL up ask 0.53 25 snapshot',
    ])
    const whole = came.gaps.map(({ feed, from_us, to_us }) => [feed, from_us - BEGIN_US, to_us - BEGIN_US])
    expect(whole).toEqual([
      ['clob_market', 5_000, 900_000],
      ['rtds', 5_000, 900_000],
      ['clob_market', 900_000, pen.now_us - BEGIN_US - 2_000],
    ])
    // A connection of the process before is none of this one's.
    expect(came.normaliser.totals.refused.map(({ reason }) => reason)).toEqual([
      'recorder: an unknown connection',
    ])
  })

  test('could not keep frames, or did not listen: gaps of the feeds that it concerns', () => {
    const pen = createPen()
    const dropped = (feed: FeedName | null): Note => ({
      note: 'dropped',
      feed,
      frames: 3,
      bytes: 99,
      from_us: BEGIN_US,
      to_us: BEGIN_US + 10,
      reason: 'disk full',
    })
    const { gaps } = become(
      [
        ...first(pen),
        ...spoken(pen),
        pen.note(dropped(null)),
        pen.note(dropped('rtds')),
        pen.note({ note: 'suppressed', feed: 'rtds', until_us: BEGIN_US + 60_000_000, reason: 'malformed' }),
      ],
      { feeds },
    )
    expect(gaps.map(({ feed, reason }) => [feed, reason])).toEqual([
      ['clob_market', 'dropped: disk full'],
      ['rtds', 'dropped: disk full'],
      ['rtds', 'dropped: disk full'],
      ['rtds', 'suppressed: malformed'],
    ])
  })

  test('had its clock stepped: an event of the tape, and of its health', () => {
    const pen = createPen()
    const came = become([pen.note({ note: 'clock_step', moved_us: -4_000_000 })])
    const { rows } = came
    expect(rows[0]!.slice(2)).toEqual([0, Kind.CLOCK_STEP, 0xffffffff, 0, 0, -4_000_000, 0, Flag.LAST, 0])
    expect(healthOf(came)).toEqual(['clock_step -4000000'])
  })
})

describe('two connections of a line', () => {
  const both = (pen: Pen) => [...first(pen), opened(pen, 2, false), pen.frame(2, BOOK)]

  test('make the rows of one: what both say is counted as said twice', () => {
    const pen = createPen()
    const once = trade('0.5', '1', '0xa')
    const came = become([
      ...both(pen),
      pen.frame(1, once),
      pen.frame(2, once),
      pen.frame(2, change('BUY', '0.5', '1')),
    ])
    expect(came.groups.slice(2)).toEqual(['TRADE up buy 0.5 1'])
    expect(came.normaliser.totals).toMatchObject({
      messages: { clob_market: 5, gamma: 1 },
      duplicates: { clob_market: 1 },
      events: { clob_market: 3, gamma: 1 },
    })
  })

  test('tell what one of them missed, whichever it is, once both had the time', () => {
    const pen = createPen()
    const records = both(pen)
    pen.now_us += 10_000_000
    records.push(pen.frame(2, change('BUY', '0.5', '1')), pen.frame(2, change('BUY', '0.5', '2')))
    records.push(pen.frame(1, change('BUY', '0.5', '2')), pen.frame(1, change('BUY', '0.5', '3')))
    pen.now_us += 4_000_000
    records.push(pen.frame(1, 'PONG'))
    const missed = (came: ReturnType<typeof become>) =>
      healthOf(came).filter((event) => event.startsWith('missed'))
    expect(missed(become(records))).toEqual([])
    pen.now_us += 2_000_000
    records.push(pen.frame(1, 'PONG'))
    const came = become(records)
    expect(missed(came)).toEqual(['missed clob_market/0 1', 'missed clob_market/0 1'])
    const details = came.side
      .feed_health!.filter(({ event }) => event === 'missed')
      .map(({ detail }) => detail)
    expect(details).toEqual([
      'the leader, connection 1, did not have what others had',
      'a follower, connection 2, did not have what others had',
    ])
  })

  test('of a feed that says so: a connection that repeats itself is heard once', () => {
    const pen = createPen()
    const came = become(spoken(pen, 'row btc', 'row btc', 'row eth', 'row btc'), { feeds })
    expect(came.groups.length).toBe(2)
    expect(came.normaliser.totals.duplicates).toEqual({ rtds: 2 })
  })
})

describe('a new tape', () => {
  test('begins with how things stand, numbered from 0, and its own counts', () => {
    const pen = createPen()
    const { normaliser } = become([
      ...first(pen),
      listed(pen, 'btc-updown-5m-1776256200', ['71', '72']),
      pen.frame(1, change('BUY', '0.5', '1')),
      pen.note(lost()),
    ])
    normaliser.restate({ wall_us: pen.now_us, mono_us: 0 })
    const came = createCame()
    gather(normaliser, came)
    expect(came.groups).toEqual([
      'MARKET up snapshot',
      'MARKET up snapshot',
      'LEVEL up bid 0.48 30 snapshot | LEVEL up bid 0.5 1 snapshot | LEVEL up ask 0.53 25 snapshot',
      'FEED_DOWN snapshot',
    ])
    expect(came.rows.map((row) => row[1])).toEqual([0, 1, 2, 3, 4, 5])
    expect(came.side.market_metadata!.length).toBe(2)
    expect(came.rows.slice(0, 2).map((row) => row[10])).toEqual([0, 1])
    expect(normaliser.totals.messages).toEqual({})
    // The book goes on from there: the next change is one.
    normaliser.take(pen.frame(1, change('BUY', '0.5', '2')))
    gather(normaliser, came)
    expect(came.groups.at(-1)).toBe('LEVEL up bid 0.5 2')
    expect(came.rows.at(-1)![1]).toBe(6)
  })

  test('says nothing of a book that is void, nor of markets that are over and resolved', () => {
    const pen = createPen()
    const over = pen.answer('gamma', 'market', {
      slug: EXAMPLE_LISTING.market.slug,
      conditionId: EXAMPLE_LISTING.market.condition_id,
      outcomes: '["Up", "Down"]',
      clobTokenIds: JSON.stringify([up, down]),
      umaResolutionStatus: 'resolved',
      outcomePrices: '["1", "0"]',
    })
    const { normaliser } = become([
      ...first(pen),
      over,
      opened(pen, 5),
      pen.frame(5, change('BUY', '0.5', '1')),
    ])
    expect(normaliser.resolutions).toEqual([
      { market: 0, up_payout: 10_000, known_us: BEGIN_US + 4_000, class: 'recorded' },
    ])
    normaliser.restate({ wall_us: pen.now_us, mono_us: 0 })
    const came = createCame()
    gather(normaliser, came)
    expect(came.groups).toEqual([])
    normaliser.take(pen.frame(5, BOOK))
    gather(normaliser, came)
    expect(came.groups).toEqual(['LEVEL up bid 0.48 30 snapshot | LEVEL up ask 0.53 25 snapshot'])
  })

  test('is not begun over rows of the old one', () => {
    const pen = createPen()
    const normaliser = createNormaliser({ feeds })
    normaliser.take(listed(pen))
    expect(() => normaliser.restate({ wall_us: pen.now_us, mono_us: 0 })).toThrow(
      expect.objectContaining({ code: 'normalise.not_drained' }) as Error,
    )
  })
})

test('a state of another version is refused, with what to do', () => {
  expect(() => createNormaliser({ state: { schema: 99 } })).toThrow(/read the journal from its beginning/)
})

describe('a market', () => {
  test('whose metadata is the same again is not told again, also from a state that has forgotten the text', () => {
    const pen = createPen()
    const resolved = (spread: number) =>
      pen.answer('gamma', 'market', {
        slug: EXAMPLE_LISTING.market.slug,
        conditionId: EXAMPLE_LISTING.market.condition_id,
        outcomes: '["Up", "Down"]',
        clobTokenIds: JSON.stringify([up, down]),
        umaResolutionStatus: 'resolved',
        outcomePrices: '["1", "0"]',
        spread,
      })
    const { normaliser } = become([resolved(1)])
    const state = JSON.stringify(normaliser.state())
    expect(state).not.toContain('spread')
    const again = createNormaliser({ feeds, state: JSON.parse(state) })
    const { groups } = become([resolved(1), resolved(2), resolved(2)], { normaliser: again })
    expect(groups).toEqual(['MARKET up'])
  })

  test('whose fees cannot be computed is listed, and it is told once, by its slug', () => {
    const pen = createPen()
    const slug = EXAMPLE_LISTING.market.slug
    const told = (exponent: number) => {
      const feeSchedule = { rate: 0.05, exponent, takerOnly: true }
      const came = become([
        listed(pen, slug, undefined, { feeSchedule }),
        listed(pen, slug, undefined, { feeSchedule }),
      ])
      expect(came.groups).toEqual(['MARKET up'])
      return came.side.feed_health ?? []
    }
    expect(told(0.5)).toEqual([])
    expect(told(0.3)).toEqual([
      expect.objectContaining({ event: 'fee_unknown', detail: `${slug}: 50000 ppm with exponent 0.3` }),
    ])
  })

  test('whose slug comes again with other tokens stays what it was, and it is told', () => {
    const pen = createPen()
    const came = become([
      listed(pen),
      listed(pen, EXAMPLE_LISTING.market.slug, ['71', '72']),
      listed(pen, 'btc-updown-5m-1776256200'),
    ])
    expect(came.groups).toEqual(['MARKET up'])
    expect(healthOf(came)).toEqual(['token_conflict', 'token_conflict'])
    expect(came.normaliser.instruments.markets.length).toBe(1)
  })

  test('resolved twice otherwise keeps its first outcome, and it is told', () => {
    const resolved = (pen: Pen, winning_asset_id: string) =>
      pen.frame(1, {
        event_type: 'market_resolved',
        market: EXAMPLE_LISTING.market.condition_id,
        winning_asset_id,
        timestamp: '1776256230000',
      })
    const pen = createPen()
    const came = become([
      ...first(pen),
      resolved(pen, up),
      resolved(pen, up),
      resolved(pen, down),
      resolved(pen, '5'),
    ])
    expect(came.groups.slice(2)).toEqual(['RESOLVED up 1', 'RESOLVED up 0'])
    expect(healthOf(came)).toEqual(['opened clob_market/0 1', 'resolution_conflict 0'])
    expect(came.normaliser.resolutions.map(({ up_payout }) => up_payout)).toEqual([0])
  })
})
