/** What each source calls an asset's price in dollars; null where it is not listed, or not known to be. */
export type Symbols = {
  asset: string
  /** Spot against USDT, which is taken for USD. RTDS writes the same in lower case. */
  binance: string | null
  coinbase: string | null
  kraken: string | null
  /** Chainlink's, as RTDS relays it; its means over 30 and 60 s have the same. */
  chainlink: string | null
  /** Pyth's, as PolyBolt relays it. */
  pyth: string | null
  /** Chainlink's means, as PolyBolt relays them. */
  polybolt_twap: string | null
}

/** The one table of symbols. */
export const SYMBOLS: readonly Symbols[] = [
  listed('btc', { pyth: true }),
  listed('eth', { pyth: true }),
  listed('sol', { pyth: true }),
  listed('xrp', { pyth: true }),
  listed('doge', { pyth: true }),
  listed('bnb', { pyth: true }),
  // Binance and Coinbase are not known to have it: a symbol too many would void Coinbase's whole subscription.
  { ...listed('hype', { pyth: false }), binance: null, coinbase: null },
  listed('zec', { pyth: false }),
]

function listed(asset: string, { pyth }: { pyth: boolean }): Symbols {
  const code = asset.toUpperCase()
  return {
    asset,
    binance: `${code}USDT`,
    coinbase: `${code}-USD`,
    kraken: `${code}/USD`,
    chainlink: `${asset}/usd`,
    pyth: pyth ? `${asset}usd` : null,
    polybolt_twap: `${asset}usd`,
  }
}

/** A source's symbols of the assets that it has, in the table's order. */
export function symbolsOf(source: Exclude<keyof Symbols, 'asset'>, assets: readonly string[]): string[] {
  return SYMBOLS.filter(({ asset }) => assets.includes(asset)).flatMap((one) => one[source] ?? [])
}

/** Assets by a source's symbol. */
export function assetsBy(source: Exclude<keyof Symbols, 'asset'>): ReadonlyMap<string, string> {
  return new Map(SYMBOLS.flatMap((one) => (one[source] === null ? [] : [[one[source], one.asset]])))
}
