/**
 * What connections of one line must agree in. Books are left out: each connection gets those of its own subscription, and
 * the changes say what they say.
 *
 * @param raw a parsed frame
 * @returns a text for each event; null where there is none
 */
export function identitiesOf(raw: unknown): readonly string[] | null {
  const identities: string[] = []
  for (const one of Array.isArray(raw) ? (raw as unknown[]) : [raw]) {
    if (typeof one !== 'object' || one === null) continue
    const identity = identityOf(one as Record<string, unknown>)
    if (identity !== null) identities.push(identity)
  }
  return identities.length === 0 ? null : identities
}

function identityOf(raw: Record<string, unknown>): string | null {
  const { event_type, timestamp } = raw
  if (event_type === 'price_change') {
    const list = raw.price_changes ?? raw.changes ?? [raw]
    if (!Array.isArray(list)) return null
    let identity = `change ${String(timestamp)}`
    for (const one of list as unknown[]) {
      const { hash, asset_id, side, price, size } = (one ?? {}) as Record<string, unknown>
      identity += ` ${String(hash)} ${tail(asset_id)} ${String(side)} ${String(price)} ${String(size)}`
    }
    return identity
  }
  if (event_type === 'last_trade_price') {
    const { asset_id, side, price, size, transaction_hash } = raw
    return `trade ${String(timestamp)} ${tail(asset_id)} ${String(side)} ${String(price)} ${String(size)} ${String(transaction_hash)}`
  }
  if (event_type === 'tick_size_change') return `tick ${String(timestamp)} ${tail(raw.asset_id)}`
  return null
}

/** A trade's own identity, for repeats of it. */
export function tradeIdentity(trade: {
  exch_us: number
  token_id: string
  side: number
  price: number
  size: number
  transaction_hash: string
}): string {
  const { exch_us, token_id, side, price, size, transaction_hash } = trade
  return `${exch_us} ${tail(token_id)} ${side} ${price} ${size} ${transaction_hash}`
}

/** Token ids are long and random: their ends tell them apart. */
function tail(token_id: unknown): string {
  return typeof token_id === 'string' ? token_id.slice(-16) : ''
}
