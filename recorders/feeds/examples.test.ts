import { describe, expect, test } from 'vitest'
import { EXAMPLE_LISTING } from './clob-market-examples.ts'
import { play } from './fixtures.ts'
import { FEEDS } from './index.ts'

describe.each(FEEDS)('$name', (feed) => {
  test.each(feed.examples)('$title', (example) => {
    expect(play(feed, example, [EXAMPLE_LISTING])).toEqual(example.becomes)
  })

  test('shows frames by titles of their own, and one that makes no row', () => {
    const titles = feed.examples.map(({ title }) => title)
    expect(new Set(titles).size).toBe(titles.length)
    const rows = /^(?:QUOTE|PRINT|ORACLE|LEVEL|TRADE|ALIVE|MARKET|RESOLVED|SIDE)/
    expect(feed.examples.some(({ becomes }) => becomes.some((words) => rows.test(words)))).toBe(true)
    expect(feed.examples.some(({ becomes }) => !becomes.some((words) => rows.test(words)))).toBe(true)
  })

  test('has addresses of its own for every role, and sockets that name one of them', () => {
    for (const address of Object.values(feed.endpoints)) expect(address).toMatch(/^(?:wss|https):\/\/[^/]+/)
    const lines = feed.lines({
      assets: ['btc', 'eth'],
      series: ['5m'],
      markets: [{ ...EXAMPLE_LISTING, index: 0 }],
      wallets: ['0x0000000000000000000000000000000000000001'],
      credentials: new Set(FEEDS.map(({ name }) => name)),
    })
    expect(new Set(lines.map(({ line }) => line)).size).toBe(lines.length)
    for (const { line, endpoint } of lines) {
      expect(line.startsWith(`${feed.name}/`)).toBe(true)
      expect(Object.keys(feed.endpoints)).toContain(endpoint)
    }
  })
})
