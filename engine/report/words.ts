import { ResolutionCode, Trigger } from '../../core/machine/records.ts'
import { Regime } from '../../core/reference/index.ts'
import { Gate, RejectCode } from '../../core/risk/codes.ts'

/** Codes of the tables in words. */

/** How a window's outcome became known. */
export const CLASSES: Readonly<Record<number, { name: string; letter: string }>> = {
  [ResolutionCode.RECORDED]: { name: 'recorded', letter: 'R' },
  [ResolutionCode.SETTLEMENT]: { name: 'settlement', letter: 'S' },
  [ResolutionCode.INFERRED_FROM_BOOK]: { name: 'inferred from book', letter: 'B' },
  [ResolutionCode.UNRESOLVED]: { name: 'unresolved', letter: 'U' },
}

/** What each fill model assumes, in one sentence. */
const FILLS: Readonly<Record<string, string>> = {
  bbo: 'Marketable orders fill whole at the touch, worsened by the slippage setting; resting orders as in queue-pessimistic.',
  depth: 'Marketable orders walk the recorded levels; resting orders fill as in queue-pessimistic.',
  'queue-pessimistic':
    'A resting order joins the back of its queue; cancellations ahead of it never move it forward.',
  'queue-neutral':
    'A resting order joins the back of its queue; of the cancellations at its price a share, by a power rule, is taken to be ahead of it.',
  'queue-optimistic':
    'Every shrinking of the level at an order’s price counts as a trade that moves it forward: an upper bound, not an estimate.',
}

/** What each gap policy does, in one sentence. */
const POLICIES: Readonly<Record<string, string>> = {
  blackout:
    'Inside a gap nothing is decided and everything is cancelled; an order that was still resting and is crossed by the first book after it is filled whole and marked.',
  strict: 'A tape with gaps is refused.',
  ignore: 'Gaps are passed over as if nothing had happened: orders rest through them unseen.',
}

export function fillSentence(fill: string): string {
  return FILLS[fill] ?? 'A fill model that this report has no words for.'
}

export function policySentence(policy: string): string {
  return POLICIES[policy] ?? 'A gap policy that this report has no words for.'
}

export function className(code: number): string {
  return CLASSES[code]?.name ?? `class ${code}`
}

export function gateName(code: number): string {
  return nameOf(Gate, code, 'gate')
}

export function rejectName(code: number): string {
  return nameOf(RejectCode, code, 'reason')
}

export function triggerName(code: number): string {
  return nameOf(Trigger, code, 'trigger')
}

/** Names of a regime's bits. */
export function regimeName(bits: number): string {
  return Regime.describe(bits).toLowerCase().replaceAll('_', ' ').replaceAll('+', ' + ')
}

/** `MARKET_EXPOSURE` of a table of codes as `market exposure`. */
function nameOf(codes: Readonly<Record<string, number>>, code: number, kind: string): string {
  for (const [name, value] of Object.entries(codes)) {
    if (value === code) return name.toLowerCase().replaceAll('_', ' ')
  }
  return `${kind} ${code}`
}
