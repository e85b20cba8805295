export * as MarketFeed from './market-feed.ts'
