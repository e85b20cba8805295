import { MS } from '../../../core/units/index.ts'
import type { ReportData } from '../data.ts'
import { legend } from '../draw.ts'
import { count, counted, duration, fixed, shortHash } from '../format.ts'
import { type Html, html, nothing } from '../html.ts'
import { columns, details, type Panel, table } from '../panel.ts'
import type { RunFile } from '../run-file.ts'
import { setByDataset } from '../set-by-dataset.ts'
import { fillSentence, policySentence } from '../words.ts'

/** Exceptions of one inference that are named. */
const EXCEPTIONS_MAX = 10

/** What is real, what is inferred, and what exactly ran: shortly, and all of it folded. */
export function provenance(data: ReportData): Panel {
  const { run } = data
  return {
    id: 'provenance',
    title: 'What is real and what is inferred',
    caption: `Reference profile ${run.reference_profile.name}.`,
    span: 'full',
    legend: legend([]),
    drawings: [],
    body: html`<ul class="strip">${items(shortly(run))}</ul>${details('Everything that was recorded, assumed and inferred', html`<div class="pair"><section><h3>Recorded</h3><ul>${items(recorded(run))}</ul><h3>Assumed</h3><ul>${items(assumed(run))}</ul></section><section><h3>Inferred, and how often it agrees</h3><ul>${items(inferred(run))}</ul><h3>Reference</h3><ul>${items(reference(run))}</ul></section></div>`)}${identity(run)}${inference(run)}${configuration(run)}`,
  }
}

/** The three things to know before the result is believed; the rest folds out. */
function shortly(run: RunFile): string[] {
  const { windows, recording, fill } = run
  const known = [
    [windows.recorded, 'recorded'],
    [windows.settlement, 'by a settlement series'],
    [windows.inferred_from_book, 'inferred from the book'],
    [windows.unresolved, 'unresolved'],
  ] as const
  const outcomes = known.filter(([n]) => n > 0).map(([n, how]) => `${count(n)} ${how}`)
  const things = run.datasets.reduce((sum, one) => sum + one.inferred.length, 0)
  return [
    `Outcomes of ${counted(windows.total, 'window')}: ${outcomes.length === 0 ? 'none' : outcomes.join(', ')}.`,
    `Fills are simulated (${fill})${recording.has_trades ? '' : ' without trade prints'}: nobody saw our orders.`,
    things === 0 ? 'Nothing was inferred.' : `${counted(things, 'thing')} inferred that the data do not say.`,
  ]
}

/** Sentences on what the data hold. */
export function recorded(run: RunFile): string[] {
  const { recording } = run
  const messages = recording.messages === undefined ? '' : `, ${counted(recording.messages, 'message')}`
  return [
    `Order books of ${counted(run.windows.total, 'window')}${messages}; ${counted(run.events, 'event')} consumed.`,
    recording.has_trades ? 'Trade prints are in the recording.' : 'The recording has no trade prints.',
    ...run.datasets.map((d) => `Source: ${d.attribution}. Licence: ${d.licence}.`),
  ]
}

/** Sentences on the series that the model and the settlement read. */
export function reference(run: RunFile): string[] {
  const { reference_profile: profile } = run
  const set = setByDataset(run)
  const venues = profile.min_venues === 1 ? '' : `, from at least ${profile.min_venues} venues`
  const list = [
    `Model price: ${profile.spot ?? 'none, so no model stands'}. Settlement: ${profile.settlement ?? 'none'}.${bars(profile.bar_s)} A price may be up to ${duration(profile.stale_ms * MS)} old${venues}.`,
  ]
  if (profile.fast.length === 0 && !profile.notes.some((note) => note.includes('FAST_MOVE'))) {
    list.push('No fast series: the regimes FAST_MOVE, STALE_BINANCE and ORACLE_DISAGREE cannot arise.')
  }
  if (set !== null) list.push(`Set by the dataset: ${set}.`)
  return [...list, ...profile.notes]
}

function bars(bar_s: number): string {
  if (bar_s === 0) return ''
  const length = bar_s === 60 ? 'one minute' : duration(bar_s * 1_000 * MS)
  return ` These prices are bars of ${length}, each known only at its end.`
}

/** Sentences on what the simulation assumes. */
export function assumed({ fill, gaps_policy, recording }: RunFile): string[] {
  return [
    `Fills (${fill}): ${fillSentence(fill)}${withoutTrades(fill, recording.has_trades)}`,
    `Gaps (${gaps_policy}): ${policySentence(gaps_policy)}`,
  ]
}

/** What the data do not say and was concluded from them. */
export function inferred(run: RunFile): string[] {
  const list = run.datasets.flatMap((d) => d.inferred.map((i) => `${i.what}${evidence(i.agreement)}`))
  return list.length === 0 ? ['Nothing.'] : list
}

function evidence(agreement: string | number | null): string {
  return agreement === null ? '' : ` (${agreement})`
}

/** What a fill model has left to work with when nobody recorded the trades. */
function withoutTrades(fill: string, has_trades: boolean): string {
  if (has_trades) return ''
  return fill === 'queue-neutral' || fill === 'queue-optimistic'
    ? ' Without trade prints it works on level changes alone.'
    : ' Without trade prints a resting bid fills by one rule only: when, after a whole message, the best ask is at or below its price, for at most the size shown there.'
}

/** How each thing that the data do not say was concluded, and what does not agree. */
function inference(run: RunFile): Html {
  const all = run.datasets.flatMap((d) => d.inferred)
  if (all.length === 0) return nothing
  const rows = all.map((i) => {
    const names = i.exceptions ?? []
    const but =
      names.length === 0
        ? ''
        : ` Exceptions: ${names.slice(0, EXCEPTIONS_MAX).join(', ')}${names.length > EXCEPTIONS_MAX ? ` and ${names.length - EXCEPTIONS_MAX} more` : ''}.`
    return html`<div><dt>${i.what}</dt><dd>${i.how}.${but}</dd></div>`
  })
  return details('How it was inferred', html`<dl class="meanings">${rows}</dl>`)
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
