import { describe, expect, test } from 'vitest'
import { Book } from '../book/index.ts'
import { MarketFeed } from './index.ts'

function feed() {
  const made = MarketFeed.create(100)
  made.book = Book.create()
  return made
}

function say(one: MarketFeed.MarketFeed, bid: number, ask: number, now: number): void {
  Book.clear(one.book!)
  if (bid > 0) Book.set(one.book!, 1, bid, 1)
  if (ask > 0) Book.set(one.book!, 2, ask, 1)
  MarketFeed.onMessage(one, now)
}

describe('a market’s feed', () => {
  test('knows no mid before its first two-sided book', () => {
    const one = feed()
    expect(MarketFeed.mid(one)).toBeNaN()
    say(one, 4900, 0, 1)
    expect(MarketFeed.mid(one)).toBeNaN()
    expect([one.messages, one.last_us, one.mid_us]).toEqual([1, 1, 0])
  })

  test('has the mid of its last two-sided book, to the half unit, and its time', () => {
    const one = feed()
    say(one, 4900, 5101, 10)
    expect([MarketFeed.mid(one), one.mid_us]).toEqual([5000.5, 10])
    say(one, 0, 5200, 20)
    expect([MarketFeed.mid(one), one.mid_us, one.last_us]).toEqual([5000.5, 10, 20])
    say(one, 5000, 5200, 30)
    expect([MarketFeed.mid(one), one.mid_us, one.messages]).toEqual([5100, 30, 3])
  })

  test('takes a message without a book as a sign of life alone', () => {
    const one = MarketFeed.create(10)
    MarketFeed.onMessage(one, 5)
    expect(one).toEqual({ ...MarketFeed.create(10), last_us: 5, messages: 1 })
  })
})
