import type { Example } from './feed.ts'

const condition = `0x${'4e'.repeat(32)}`
const market = {
  id: '1557558',
  question: 'Bitcoin Up or Down - September 28, 1:30PM-1:45PM ET',
  conditionId: condition,
  slug: 'btc-updown-15m-1790616600',
  version: 'v1',
  outcomes: '["Up", "Down"]',
  outcomePrices: '["0.505", "0.495"]',
  clobTokenIds: '["10423875", "71183351"]',
  createdAt: '2026-09-27T17:30:00Z',
  eventStartTime: '2026-09-28T17:30:00Z',
  endDate: '2026-09-28T17:45:00Z',
  acceptingOrders: true,
  orderPriceMinTickSize: 0.01,
  orderMinSize: 5,
  feesEnabled: true,
  feeSchedule: { exponent: 1, rate: 0.07, takerOnly: true, rebateRate: 0.2 },
  rewardsMinSize: 50,
  rewardsMaxSpread: 4.5,
  cryptoMarketConfig: { asset: 'btc', duration: '15m', twapEnabled: true, twapLookbackSeconds: 60 },
}
const event = { id: '260654', slug: market.slug, seriesSlug: 'btc-up-or-down-15m' }
const about = { request: 'market', path: `/markets/slug/${market.slug}` }
const documented = 'composed from the venue’s documents (protocol.md §8.3)'

const closed = {
  ...market,
  closed: true,
  outcomePrices: '["1", "0"]',
  umaResolutionStatus: 'resolved',
  closedTime: '2026-09-28 17:46:27+00',
  events: [{ ...event, eventMetadata: { priceToBeat: 61035.86, finalPrice: '61050.12' } }],
}

/** Answers as they look, with the rows that they become for somebody who knows nothing yet. */
export const gammaExamples: readonly Example[] = [
  {
    title: 'A window by its slug, before it starts',
    source: documented,
    about,
    text: JSON.stringify({ ...market, events: [event] }),
    becomes: ['SIDE market_metadata', 'MARKET up'],
  },
  {
    title: 'The same when it is over: strike and outcome',
    source: documented,
    about,
    text: JSON.stringify(closed),
    becomes: ['SIDE market_metadata', 'MARKET up', 'STRIKE up 61035.86', 'RESOLVED up 1'],
  },
  {
    title: 'A page of a list of events: what is no window is passed over',
    source: documented,
    about: { request: 'events', path: '/events/keyset?series_slug=btc-up-or-down-15m&closed=false' },
    text: JSON.stringify({
      events: [
        { ...event, markets: [{ ...market, version: 'v2', positionIds: ['91', '92'], clobTokenIds: null }] },
        { id: '1', slug: 'an-election', markets: [{ slug: 'who-wins', outcomes: '["Yes", "No"]' }] },
      ],
      next_cursor: 'abc',
    }),
    becomes: ['SIDE market_metadata', 'MARKET up'],
  },
  {
    title: 'A version that nobody knows is refused',
    source: 'made up',
    about,
    text: JSON.stringify({ ...market, version: 'v3' }),
    becomes: ['REFUSED a version other than v1 and v2: update the program, at btc-updown-15m-1790616600'],
  },
]
