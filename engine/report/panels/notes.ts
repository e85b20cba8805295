import { MS } from '../../../core/units/index.ts'
import { isEnough } from '../../luck/index.ts'
import { asksInWords } from '../../strategies/asks.ts'
import type { ReportData } from '../data.ts'
import { legend } from '../draw.ts'
import { count, counted, duration, percent } from '../format.ts'
import { html } from '../html.ts'
import type { Panel } from '../panel.ts'
import type { RunFile } from '../run-file.ts'
import { takenNotes } from './taken-notes.ts'

/** A way in which the result may look better (or worse) than life, and in which direction. */
export type Note = { towards: 'flatters' | 'understates' | 'unclear'; text: string }

/** Windows that a note names. */
const NAMED_MAX = 8

const TOWARDS: Readonly<Record<Note['towards'], string>> = {
  flatters: 'flatters',
  understates: 'understates',
  unclear: 'either way',
}

/** Panel 13: what the simulation is known to get wrong, for this very run. */
export function notes(data: ReportData): Panel {
  return {
    id: 'notes',
    title: 'Known lies of this backtest',
    caption:
      'What the simulation cannot know, and which way it leans. More in docs/fills.md and docs/determinism.md.',
    span: 'full',
    legend: legend([]),
    drawings: [],
    body: html`<ul class="notes">${knownLies(data).map((n) => html`<li><span class="tag ${n.towards}">${TOWARDS[n.towards]}</span> ${n.text}</li>`)}</ul>`,
  }
}

/** The notes that hold for this run. */
export function knownLies(data: ReportData): Note[] {
  const { run } = data
  return [
    {
      towards: 'flatters',
      text: 'The market does not answer: nobody sees our orders, quotes around them, or trades more because of them.',
    },
    ...strategyNotes(run),
    ...takenNotes(run),
    ...fillNotes(run),
    ...latencyNotes(run),
    ...referenceNotes(run),
    ...outcomeNotes(data),
  ]
}

/** A strategy that reads more than the view may know what comes, and may decide otherwise another day. */
function strategyNotes({ strategy_source }: RunFile): Note[] {
  const words = asksInWords(strategy_source?.asks ?? [])
  if (words === null) return []
  return [
    {
      towards: 'unclear',
      text: `The strategy ${words}. engine audit RUN --look-ahead finds whether it decides by what comes.`,
    },
  ]
}

function fillNotes(run: RunFile): Note[] {
  const list: Note[] = []
  if (run.fill === 'queue-optimistic') {
    list.push({
      towards: 'flatters',
      text: 'Every cancellation ahead of an order counts as a trade: queue-optimistic is an upper bound.',
    })
  } else if (run.fill === 'queue-neutral') {
    list.push({
      towards: 'unclear',
      text: 'Where cancellations happen in a queue is a guess; run the same tape as queue-pessimistic and queue-optimistic to see what it is worth.',
    })
  } else {
    list.push({
      towards: 'understates',
      text: 'A queue never gets shorter by cancellation, so some real fills are missed; those that remain are the ones that went through us, the most adverse.',
    })
  }
  if (!run.recording.has_trades) {
    list.push({
      towards: 'unclear',
      text: 'No trades were recorded: fills follow from book changes alone. Fills by trades at our price that left the book uncrossed are missing.',
    })
  }
  if (run.gap_fills > 0) {
    list.push({
      towards: 'understates',
      text: `${counted(run.gap_fills, 'fill')} (${percent(run.gap_fills, run.fills)}) were granted whole at the first book after a gap, against us.`,
    })
  }
  if (run.gaps_policy === 'ignore' && run.gaps.count > 0) {
    list.push({
      towards: 'flatters',
      text: `${counted(run.gaps.count, 'gap')} were ignored: what would have hit our orders in ${count(run.gaps.seconds)} s is unknown.`,
    })
  }
  if (run.gaps.hidden.count > 0) {
    const { hidden, known } = run.gaps
    list.push({
      towards: 'flatters',
      text: `${count(hidden.count)} of ${counted(known.count, 'gap')} that the data know (${count(hidden.seconds)} s) were none to this run, whose gap_s is ${String(setting(run, 'gap_s'))} s: orders rested through them as if nothing were missing.`,
    })
  }
  if (setting(run, 'fail_probability') === 0) {
    list.push({
      towards: 'flatters',
      text: 'No matched fill ever fails on chain here; on the venue some do.',
    })
  }
  return list
}

function latencyNotes(run: RunFile): Note[] {
  const entry = number(run, /^entry_(latency_)?ms$|^entry_latency/)
  const response = number(run, /^response_(latency_)?ms$|^response_latency/)
  if (entry === null || response === null) return []
  return [
    {
      towards: 'unclear',
      text: `Latency is a constant: ${duration(entry * MS)} to the venue and ${duration(response * MS)} back. Real latencies have a tail, and the tail comes when prices move.`,
    },
  ]
}

function referenceNotes(run: RunFile): Note[] {
  const { bar_s, fast } = run.reference_profile
  const list: Note[] = []
  if (bar_s > 0) {
    list.push({
      towards: 'unclear',
      text: `The model sees a price that is up to ${bar_s} s old, while the other traders of this recording saw ticks, as a live session would.`,
    })
  }
  if (fast.length === 0) {
    list.push({ towards: 'unclear', text: 'Without a fast series the guards against sudden moves were off.' })
  }
  return list
}

function outcomeNotes(data: ReportData): Note[] {
  const { windows } = data.run
  const list: Note[] = []
  // A run of before they were told apart: its series was a stand-in where its name is none of the venue's.
  const stand_in = windows.stand_in ?? windows.settlement
  if (stand_in > 0) {
    list.push({
      towards: 'unclear',
      text: `${counted(stand_in, 'window')} settled by a stand-in series, not by the official outcome; near-ties can differ.`,
    })
  }
  if (windows.settlement > stand_in) {
    list.push({
      towards: 'unclear',
      text: `${counted(windows.settlement - stand_in, 'window')} settled by the series that the venue's rules name: its own word was not recorded.`,
    })
  }
  list.push(...conflictNotes(data.run))
  if (windows.inferred_from_book > 0) {
    list.push({
      towards: 'unclear',
      text: `${counted(windows.inferred_from_book, 'outcome')} inferred from where the book stood at the end.`,
    })
  }
  if (windows.unresolved > 0) {
    list.push({
      towards: 'unclear',
      text: `${counted(windows.unresolved, 'window')} without outcome: their inventory is outside the result.`,
    })
  }
  const interval = data.run.net_pnl_interval_usdc
  if (interval.windows > 0) list.push({ towards: 'unclear', text: luckNote(interval) })
  return list
}

/** What an interval over the windows of one tape cannot say, whether it leaves out 0 or not. */
function luckNote(interval: RunFile['net_pnl_interval_usdc']): string {
  const windows = counted(interval.windows, 'traded window')
  const { low, high } = interval
  if (low === null || high === null || !isEnough(interval))
    return `${windows}: too few to tell skill from luck.`
  if (low <= 0 && high >= 0) return `${windows}: not enough to tell this result from luck.`
  return `${windows} of one tape: their interval knows no other days, no other volatility, and not how many strategies were tried.`
}

/** Outcomes that the venue overruled: what was paid by them was taken back. */
function conflictNotes({ conflicts = 0, conflict_windows = [] }: RunFile): Note[] {
  if (conflicts === 0) return []
  const shown = conflict_windows.slice(0, NAMED_MAX).join(', ')
  const more = conflict_windows.length - NAMED_MAX
  return [
    {
      towards: 'unclear',
      text: `${counted(conflicts, 'outcome')} stood until the venue's own word was another, and what they had paid was taken back: ${shown}${more > 0 ? ` and ${more} more` : ''}. The result is the venue's; until its word came the account stood otherwise.`,
    },
  ]
}

/** A setting by its name in whichever section holds it. */
function setting(run: RunFile, name: string): unknown {
  for (const values of Object.values(run.config)) if (name in values) return values[name]
  return undefined
}

function number(run: RunFile, name: RegExp): number | null {
  for (const values of Object.values(run.config)) {
    for (const [key, value] of Object.entries(values)) {
      if (name.test(key) && typeof value === 'number') return value
    }
  }
  return null
}
