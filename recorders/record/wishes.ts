import type { Wish } from '../feeds/feed.ts'
import type { Ask, Requester, Supervisor } from '../supervisor/contract.ts'

/** Do what a reader asked for. Answers come back through the journal; one that does not come is asked for again by the reader. */
export function fulfil(wish: Wish, supervisor: Supervisor, requester: Requester): void {
  if (wish.wish === 'reconnect') {
    supervisor.reconnect(wish.line, wish.reason)
    return
  }
  const ask: Ask =
    wish.wish === 'reseed'
      ? { feed: wish.feed, role: 'rest', request: 'book', path: `/book?token_id=${wish.token_id}` }
      : { feed: 'gamma', role: 'rest', request: 'market', path: `/markets/slug/${wish.slug}` }
  // What becomes of a question is told by the requester itself, in the recording.
  requester.ask(ask).catch(() => undefined)
}
