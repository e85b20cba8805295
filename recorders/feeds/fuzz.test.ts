import { describe, expect, test } from 'vitest'
import { Kind, Side } from '../../core/events/index.ts'
import { clobUser } from './clob-user.ts'
import type { Feed, Out } from './feed.ts'
import { fuzzNormaliser, fuzzReader, type Tried } from './fuzz.fixture.ts'
import { FEEDS } from './index.ts'

describe.each(FEEDS)('$name, whatever it is sent', (feed) => {
  test('never throws, and gives rows that a tape may hold and reasons in words', () => {
    const tried: Tried = { rows: 0, side: 0, refused: 0 }
    expect(fuzzReader(feed, 300, tried)).toBeUndefined()
    // Otherwise nothing was tried.
    expect(tried.rows + tried.side).toBeGreaterThan(50)
    expect(tried.refused).toBeGreaterThan(100)
  })

  test('becomes whole groups through the normaliser in any encoding, the same from a stored state', () => {
    expect(fuzzNormaliser(feed, 120)).toBeUndefined()
  })
})

/** A feed whose reader makes one mistake. */
function planted(mistake: (out: Out, text: string) => string | undefined): Feed {
  return {
    ...clobUser,
    read: (out) => ({ frame: (text) => mistake(out, text), state: () => null }),
  }
}
const nothing = (_result: unknown) => undefined
const level = (out: Out, instrument: number, price: number, size: number) =>
  nothing(out.row(Kind.LEVEL, instrument, Side.BID, price, size, 0, 0))

describe('a reader with a mistake is found out', () => {
  const mistakes: Record<string, (out: Out, text: string) => string | undefined> = {
    'throws for what is not JSON': (_out, text) => nothing(JSON.parse(text)),
    'passes a price on that is none': (out) => level(out, 0, Number.NaN, 1),
    'passes a price on that is outside': (out) => level(out, 0, 10_001, 1),
    'passes a negative size on': (out) => level(out, 0, 5_000, -1),
    'passes −0 on': (out) => level(out, 0, 5_000, -0),
    'makes a row of a token that no market lists': (out) => level(out, out.token('77'), 5_000, 1),
    'forgets a column of a side row': (out) => nothing(out.side('user_trades', { trade_id: 'a' })),
    'quotes what was sent': (_out, text) => `malformed: ${text}`,
    'makes the row of another kind': (out) => nothing(out.row(Kind.QUOTE, 0, 0, 1, 2, 0, 0)),
  }
  test.each(Object.entries(mistakes))('%s', (_name, mistake) => {
    expect(fuzzReader(planted(mistake), 300)).toMatch(/Error/)
  })

  test('behind the normaliser too, which hides its failures', () => {
    const thrown = planted((_out, text) => nothing(JSON.parse(text)))
    expect(fuzzNormaliser(thrown, 120)).toMatch(/the reader failed/)
    expect(
      fuzzNormaliser(
        planted((out) => level(out, 0, 10_001, 1)),
        120,
      ),
    ).toMatch(/Error/)
  })

  test('or with a memory outside of its state', () => {
    const forgetful: Feed = {
      ...clobUser,
      read(out) {
        let count = 0
        return {
          frame: () => nothing(out.health('counted', '', '', ++count)),
          state: () => null,
        }
      },
    }
    expect(fuzzNormaliser(forgetful, 120)).toMatch(/stored state/)
  })
})
