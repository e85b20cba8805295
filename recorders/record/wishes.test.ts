import { expect, test } from 'vitest'
import type { Wish } from '../feeds/feed.ts'
import type { Requester, Supervisor } from '../supervisor/contract.ts'
import { fulfil } from './wishes.ts'

test('what a reader asks for becomes a question or a new connection', async () => {
  const asked: unknown[] = []
  const reconnected: unknown[] = []
  const requester = {
    ask: (ask: unknown) => {
      asked.push(ask)
      return Promise.reject(new Error('not there'))
    },
  } as unknown as Requester
  const supervisor = {
    reconnect: (...words: unknown[]) => void reconnected.push(words),
  } as unknown as Supervisor
  const wishes: Wish[] = [
    { wish: 'reseed', feed: 'clob_market', token_id: '71', reason: 'in doubt' },
    { wish: 'reconnect', feed: 'coinbase', line: 'coinbase/0', reason: 'a hole' },
    { wish: 'look_up', slug: 'btc-updown-5m-1776254400' },
  ]
  for (const wish of wishes) fulfil(wish, supervisor, requester)
  expect(asked).toEqual([
    { feed: 'clob_market', role: 'rest', request: 'book', path: '/book?token_id=71' },
    { feed: 'gamma', role: 'rest', request: 'market', path: '/markets/slug/btc-updown-5m-1776254400' },
  ])
  expect(reconnected).toEqual([['coinbase/0', 'a hole']])
})
