import type { Out } from '../feeds/feed.ts'

/** The market of a token; −1 for a series. */
export function marketOf(out: Out, instrument: number): number {
  const token = out.instruments.instruments[instrument]
  return token?.kind === 'token' ? token.market : -1
}

/** The Up token of a token's market: the two stand side by side, Up first. */
export function upOf(out: Out, instrument: number): number {
  const token = out.instruments.instruments[instrument]
  return token?.kind === 'token' && token.outcome === 'down' ? instrument - 1 : instrument
}
