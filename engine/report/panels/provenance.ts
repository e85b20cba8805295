import { MS } from '../../../core/units/index.ts'
import type { ReportData } from '../data.ts'
import { legend } from '../draw.ts'
import { count, counted, duration, fixed, shortHash } from '../format.ts'
import { type Html, html, nothing } from '../html.ts'
import { columns, details, type Panel, table } from '../panel.ts'
import type { RunFile } from '../run-file.ts'
import { fillSentence, policySentence } from '../words.ts'

/** Panel 1: what is real, what is inferred, and what exactly ran. Stands above every number. */
export function provenance(data: ReportData): Panel {
  const { run } = data
  return {
    id: 'provenance',
    title: 'What is real and what is inferred',
    caption: `Reference profile ${run.reference_profile.name}.`,
    span: 'full',
    legend: legend([]),
    drawings: [],
    body: html`<div class="pair"><section><h3>Recorded</h3><ul>${items(recorded(run))}</ul></section><section><h3>Inferred or assumed</h3><ul>${items(assumed(run))}</ul></section></div>${identity(run)}${configuration(run)}`,
  }
}

/** Sentences on what the data hold. */
export function recorded(run: RunFile): string[] {
  const { recording, reference_profile: profile } = run
  const messages = recording.messages === undefined ? '' : `, ${counted(recording.messages, 'message')}`
  return [
    `Order books of ${counted(run.windows.total, 'window')}${messages}; ${counted(run.events, 'event')} consumed.`,
    recording.has_trades ? 'Trade prints are in the recording.' : 'The recording has no trade prints.',
    `Model price: ${profile.spot ?? 'none, so no model stands'}. Settlement: ${profile.settlement ?? 'none'}.${bars(profile.bar_s)}`,
    ...run.datasets.map((d) => `Source: ${d.attribution}. Licence: ${d.licence}.`),
  ]
}

function bars(bar_s: number): string {
  if (bar_s === 0) return ''
  const length = bar_s === 60 ? 'one minute' : duration(bar_s * 1_000 * MS)
  return ` These prices come as bars of ${length}, each known only at its end: between bars the model looks at a price up to ${length} old.`
}

/** Sentences on what the data do not hold and what was put in its place. */
export function assumed(run: RunFile): string[] {
  const { recording, reference_profile: profile } = run
  const list = run.datasets.flatMap((d) =>
    d.inferred.map((i) => `${i.what}: ${i.how}${i.agreement === null ? '' : ` (agreement ${i.agreement})`}.`),
  )
  list.push(`Fills (${run.fill}): ${fillSentence(run.fill)}${withoutTrades(run.fill, recording.has_trades)}`)
  list.push(`Gaps (${run.gaps_policy}): ${policySentence(run.gaps_policy)}`)
  if (profile.fast.length === 0) {
    list.push(
      'No fast series: the regimes FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE cannot arise, so quotes are never pulled by a move of BTC.',
    )
  }
  list.push(
    `A reference price may be up to ${duration(profile.stale_ms * MS)} old, from at least ${counted(profile.min_venues, 'venue')}.`,
  )
  return [...list, ...profile.notes]
}

/** What a fill model has left to work with when nobody recorded the trades. */
function withoutTrades(fill: string, has_trades: boolean): string {
  if (has_trades) return ''
  return fill === 'queue-neutral' || fill === 'queue-optimistic'
    ? ' Without trade prints it works on level changes alone.'
    : ' Without trade prints a resting bid fills by one rule only: when, after a whole message, the best ask is at or below its price, for at most the size shown there.'
}

function identity(run: RunFile): Html {
  const short = [
    `dataset ${shortHash(run.dataset_hash)}`,
    `state ${shortHash(run.state_hash)}`,
    `configuration ${shortHash(run.config_hash)}`,
    `code ${run.code_version}`,
    run.runtime,
    `seed ${run.seed}`,
  ]
  const facts: [string, string | Html][] = [
    ['strategy', run.strategy],
    ['fill model', run.fill],
    ['gap policy', run.gaps_policy],
    ['seed', String(run.seed)],
    ['dataset hash', code(run.dataset_hash)],
    ['configuration hash', code(run.config_hash)],
    ['state hash', code(run.state_hash)],
    ['code version', code(run.code_version)],
    ['runtime', run.runtime],
    [
      'speed',
      `${fixed(run.wall_s, 1)} s, ${count(run.events_per_s)} events/s, peak ${count(run.peak_rss_mb)} MB`,
    ],
  ]
  const rows = facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)
  return html`<p class="identity">${short.map((part) => html`<span>${part}</span> `)}</p>${details('Identity of the run in full', html`<dl class="facts">${rows}</dl><p>The same dataset, configuration, seed, code and runtime give the same state hash.</p>`)}`
}

function configuration(run: RunFile): Html {
  const rows: string[][] = []
  for (const [section, values] of Object.entries(run.config)) {
    for (const [key, value] of Object.entries(values)) rows.push([`${section}.${key}`, String(value)])
  }
  if (rows.length === 0) return nothing
  return details(
    `Configuration in force: ${counted(rows.length, 'setting')}`,
    table('Configuration', columns('setting', '#value'), rows),
  )
}

function items(sentences: readonly string[]): Html[] {
  return sentences.map((text) => html`<li>${text.charAt(0).toUpperCase()}${text.slice(1)}</li>`)
}

function code(text: string): Html {
  return html`<code>${text}</code>`
}
