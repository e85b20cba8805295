import { ofGate, ofRejection } from '../../../core/risk/reasons.ts'
import type { ReportData } from '../data.ts'
import { type Caption, drawEach, legend, stack } from '../draw.ts'
import { count, counted, percent } from '../format.ts'
import { type Html, html } from '../html.ts'
import { columns, details, emptyState, type Panel, table } from '../panel.ts'
import { eventName, gateName, meaning, regimeName, rejectName, triggerName } from '../words.ts'
import { drawCounts, type Item } from './bars.ts'

/** Rows of one list of bars; the rest are summed. */
const ROWS_MAX = 10

/** Panel 10: what became of the decisions, and what stopped those that led to no order. */
export function idle(data: ReportData): Panel {
  const base = { id: 'idle', title: 'Why it did not trade', span: 'half' as const }
  const { decisions, intents, refused, rejects } = data.idle
  if (decisions === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('No decision was made: the tape has no open market, or no input ever changed.'),
    }
  }
  const lists = toLists(data)
  const desc = lists[0]!.items.map((i) => `${i.name} ${count(i.n)}`).join(', ')
  return {
    ...base,
    caption: `What became of ${counted(decisions, 'decision')}${intents > 0 ? `, of ${counted(intents, 'intent')}` : ''}. A gate that stops a decision is named; “kept” is a decision that found the live orders right.`,
    legend: legend([]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc: `${desc}.` }, (width, at) =>
      stack(
        lists.map((list) => drawCounts(list.items, list.whole, list.heading, width, named(at, list.heading))),
        at,
      ),
    ),
    body: html`${sentences(refused.length, rejects.length)}${meanings(data)}${more(data)}`,
  }
}

type List = { heading: string; items: Item[]; whole: number }

function toLists(data: ReportData): List[] {
  const d = data.idle
  const results: Item[] = [
    { name: 'orders changed', n: d.changed, role: 'gain' },
    { name: 'kept', n: d.kept, role: 'market' },
    { name: 'wanted nothing', n: d.wanted_nothing, role: 'muted' },
    ...capped(d.gates.map((g): Item => ({ name: gateName(g.code), n: g.n, role: 'amber' }))),
  ]
  const lists: List[] = [{ heading: 'Decisions', items: results, whole: d.decisions }]
  if (d.refused.length > 0) {
    const items = capped(d.refused.map((g): Item => ({ name: gateName(g.code), n: g.n, role: 'loss' })))
    lists.push({ heading: 'Intents refused, by gate', items, whole: d.intents })
  }
  if (d.rejects.length > 0) {
    const items = capped(d.rejects.map((r): Item => ({ name: rejectName(r.code), n: r.n, role: 'loss' })))
    lists.push({ heading: 'Orders rejected by the venue', items, whole: data.run.orders })
  }
  return lists
}

function capped(items: Item[]): Item[] {
  if (items.length <= ROWS_MAX) return items
  const kept = items.slice(0, ROWS_MAX - 1)
  let rest = 0
  for (const item of items.slice(ROWS_MAX - 1)) rest += item.n
  return [...kept, { name: `${items.length - kept.length} others`, n: rest, role: items[0]!.role }]
}

function named(at: Caption, heading: string): Caption {
  return { id: `${at.id}-${heading.split(' ')[0]!.toLowerCase()}`, title: heading, desc: '' }
}

function sentences(refused: number, rejects: number): Html | null {
  if (refused + rejects > 0) return null
  return html`<p>No intent was refused by a gate and no order was rejected by the venue.</p>`
}

/** Each code that came, in a sentence. */
function meanings(data: ReportData): Html | null {
  const { gates, refused, rejects } = data.idle
  const stopped = [...new Set([...gates, ...refused].map((tally) => tally.code))].sort((a, b) => a - b)
  const rows = [
    ...stopped.map((code) => meaning(ofGate(code))),
    ...rejects.map(({ code }) => meaning(ofRejection(code), ' (venue)')),
  ]
  if (rows.length === 0) return null
  const items = rows.map(([name, sentence]) => html`<div><dt>${name}</dt><dd>${sentence}</dd></div>`)
  return html`<dl class="meanings">${items}</dl>`
}

function more(data: ReportData): Html {
  const d = data.idle
  const triggers = d.triggers.map((t) => [triggerName(t.code), count(t.n), percent(t.n, d.decisions)])
  const regimes = d.regimes.map((r) => [regimeName(r.code), count(r.n), percent(r.n, d.decisions)])
  const events = data.risk_events.map((e) => [eventName(e.code), count(e.n)])
  return details(
    'What caused the decisions, and in which regimes',
    html`${table('Decisions by trigger', columns('trigger', '#decisions', '#share'), triggers)}${table('Decisions by regime', columns('regime', '#decisions', '#share'), regimes)}${events.length === 0 ? null : table('Events for an operator', columns('event', '#times'), events)}`,
  )
}
