import type { ExplainedOrder, Explanation } from '../runners/explain.ts'

/** An explanation as a person would tell it. */
export function inWords(e: Explanation): string {
  const lines = [
    `Decision ${e.decision}, ${e.time}, after ${e.event} events, because of a ${e.trigger}.`,
    `${e.market}, ${e.seconds_left.toFixed(1)} s before its end. Regime ${e.regime}.`,
    '',
    ...e.inputs.map(input),
    '',
    model(e),
    inventory(e),
    caps(e),
    '',
    orders('Wanted', e.desired),
    orders('Live before', e.live),
    e.intents.length === 0 ? 'It sent nothing.' : orders('Sent', e.intents),
  ]
  if (e.gate !== undefined) lines.push(`Stopped by ${e.gate.code}: ${e.gate.reason}`)
  return `${lines.join('\n')}\n`
}

function input({ name, value, age_ms }: Explanation['inputs'][number]): string {
  const age = age_ms === null ? 'never heard' : `${age_ms.toFixed(age_ms < 10 ? 1 : 0)} ms old`
  // What was heard but has no number of its own, such as a message, shows its age alone.
  const shown = value !== null ? `${value}  ` : age_ms === null ? '–  ' : ''
  return `  ${name.padEnd(28)}${shown}${age}`
}

function model({ s0, s_t, sigma, q_up }: Explanation): string {
  if (q_up === null) return 'The model has no probability: strike, volatility or price are not known yet.'
  return `Strike ${s0}, spot ${s_t}, volatility ${sigma?.toExponential(3)} per √s: Up with probability ${q_up.toFixed(4)}.`
}

function inventory({ inventory: i }: Explanation): string {
  const unpaired =
    i.unpaired === 0 ? 'paired' : `${i.unpaired} unpaired at ${i.unpaired_cost.toFixed(4)} a share`
  return `Held: ${i.up} Up, ${i.down} Down, ${unpaired}; cash ${i.cash} USDC.`
}

function caps({ caps: c, target_total }: Explanation): string {
  const shown = (value: number | null) => (value === null ? '–' : value.toFixed(4))
  const completing = c.completing === null ? '' : `, to complete a pair ${shown(c.completing)}`
  return `Bids at most ${shown(c.up)} for Up and ${shown(c.down)} for Down${completing}; a pair at most ${shown(target_total)}.`
}

function orders(title: string, list: readonly (ExplainedOrder & { kind?: string })[]): string {
  if (list.length === 0) return `${title}: nothing.`
  return `${title}:\n${list.map(order).join('\n')}`
}

function order(o: ExplainedOrder & { kind?: string }): string {
  const what = `${o.side} ${o.size} ${o.outcome} at ${o.price}`
  const parts = [o.kind ?? '', what, o.type, o.status ?? '', o.completing === true ? 'completes a pair' : '']
  return `  ${parts.filter((part) => part !== '').join(', ')}${o.order === undefined ? '' : ` (order ${o.order})`}`
}
