/** What the machine wants done, as columns. Whoever runs the machine empties it after every step. */
export type Intents = {
  length: number
  /** See IntentKind. */
  kind: Uint8Array
  order: Float64Array
  market: Uint32Array
  outcome: Uint8Array
  side: Uint8Array
  price: Float64Array
  size: Float64Array
  amount: Float64Array
  tif: Uint8Array
  post_only: Uint8Array
  expire_us: Float64Array
}

/** Intents that one step may have: every order of a few markets cancelled and placed anew. */
export const INTENTS_MAX = 4_096

/** An empty ring. */
export function create(): Intents {
  const n = INTENTS_MAX
  return {
    length: 0,
    kind: new Uint8Array(n),
    order: new Float64Array(n),
    market: new Uint32Array(n),
    outcome: new Uint8Array(n),
    side: new Uint8Array(n),
    price: new Float64Array(n),
    size: new Float64Array(n),
    amount: new Float64Array(n),
    tif: new Uint8Array(n),
    post_only: new Uint8Array(n),
    expire_us: new Float64Array(n),
  }
}

/** One intent more; its columns are the caller's to fill at the returned row. */
export function push(intents: Intents): number {
  if (intents.length === INTENTS_MAX) throw new IntentsError()
  return intents.length++
}

/** One step wanted more than can be right. */
export class IntentsError extends Error {
  readonly code = 'machine.intents_full'
  constructor() {
    super(`one step had more than ${INTENTS_MAX} intents; a strategy runs away`)
    this.name = 'Intents.IntentsError'
  }
}
