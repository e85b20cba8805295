import { ResolutionCode, RiskEvent, Trigger } from '../../core/machine/records.ts'
import { Regime } from '../../core/reference/index.ts'
import { ofGate, ofRejection, type Reason } from '../../core/risk/reasons.ts'

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

/** A gate's name as words: `market exposure`. */
export function gateName(code: number): string {
  return words(ofGate(code).name)
}

/** A venue's refusal as words. */
export function rejectName(code: number): string {
  return words(ofRejection(code).name)
}

/** What a gate or a refusal means, as a row of a table. */
export function meaning(reason: Reason, mark = ''): [string, string] {
  return [`${words(reason.name)}${mark}`, reason.sentence]
}

export function triggerName(code: number): string {
  return nameOf(Trigger, code, 'trigger')
}

/** What an operator would be told of. */
export function eventName(code: number): string {
  return nameOf(RiskEvent, code, 'event')
}

function nameOf(codes: Readonly<Record<string, number>>, code: number, kind: string): string {
  for (const [name, value] of Object.entries(codes)) if (value === code) return words(name)
  return `${kind} ${code}`
}

/** Names of a regime's bits. */
export function regimeName(bits: number): string {
  return words(Regime.describe(bits)).replaceAll('+', ' + ')
}

/** `MARKET_EXPOSURE` as `market exposure`. */
function words(name: string): string {
  return name.toLowerCase().replaceAll('_', ' ')
}
