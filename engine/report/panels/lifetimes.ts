import { MINUTE, SECOND } from '../../../core/units/index.ts'
import type { Ending, ReportData } from '../data.ts'
import { drawEach, legend } from '../draw.ts'
import { count, counted, duration, percent } from '../format.ts'
import { type Html, html } from '../html.ts'
import { columns, emptyState, type Panel, table } from '../panel.ts'
import type { Role } from '../theme.ts'
import { drawRidges, type Ridge, type RidgeAxis } from './ridges.ts'

const ROLES: Readonly<Record<Ending['name'], Role>> = {
  filled: 'gain',
  'partly filled': 'market',
  cancelled: 'muted',
  expired: 'amber',
  failed: 'loss',
  'open at the end': 'faint',
}

/** Panel 9: how long quotes stood, and how they ended. */
export function lifetimes(data: ReportData): Panel {
  const base = { id: 'lifetimes', title: 'Lifetime of quotes', span: 'half' as const }
  const { orders, rejected, unanswered, bounds_us, endings } = data.lifetimes
  if (orders === 0) {
    const tried = rejected + unanswered
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState(
        tried === 0
          ? 'No resting order was ever sent.'
          : `No resting order was ever accepted: ${count(rejected)} rejected, ${count(unanswered)} without an answer.`,
      ),
    }
  }
  const ended = endings.filter((e) => e.name !== 'open at the end' && e.n > 0)
  const ridges = ended.map(toRidge)
  const desc = endings.map((e) => `${e.name} ${count(e.n)}, median ${duration(e.median_us)}`).join('; ')
  return {
    ...base,
    caption: `${counted(orders, 'resting order')}, from acceptance to the end of its life, on a scale of steps. Bars are shares of their own row.`,
    legend: legend([]),
    drawings:
      ridges.length === 0
        ? []
        : drawEach(base.span, { id: base.id, title: base.title, desc: `${desc}.` }, (width, at) =>
            drawRidges(ridges, toAxis(bounds_us, width), width, 62, at),
          ),
    body: numbers(data),
  }
}

function toRidge(ending: Ending): Ridge {
  return {
    name: ending.name,
    note: count(ending.n),
    counts: ending.counts,
    role: ROLES[ending.name],
    mean: null,
  }
}

/** Edges between the bins; on a phone every second one is named. */
function toAxis(bounds_us: readonly number[], width: number): RidgeAxis {
  const every = width < 400 ? 2 : 1
  const ticks = bounds_us
    .map((us, at) => ({ at, label: short(us) }))
    .filter(({ at }) => at > 0 && at % every === 1 % every)
  return { bins: bounds_us.length, label: 'lifetime', ticks, zero: null }
}

function short(us: number): string {
  if (us >= MINUTE) return `${us / MINUTE}m`
  return `${us / SECOND}s`
}

function numbers(data: ReportData): Html {
  const { orders, rejected, unanswered, endings } = data.lifetimes
  const rows = endings.map((e) => [e.name, count(e.n), percent(e.n, orders), duration(e.median_us)])
  const heads = columns('ended as', '#orders', '#share', '#median life')
  const refused =
    rejected + unanswered === 0
      ? ''
      : `Not in the table: ${counted(rejected, 'order')} that the venue rejected, ${count(unanswered)} that it never accepted.`
  return html`${table('Quotes by how they ended', heads, rows)}${refused === '' ? null : html`<p>${refused}</p>`}`
}
