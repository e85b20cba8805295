import * as Plot from '@observablehq/plot'
import { ResolutionCode } from '../../../core/machine/records.ts'
import { foresightText } from '../../luck/foresight-text.ts'
import type { ReportData, Score } from '../data.ts'
import { type Caption, draw, drawEach, legend, stack } from '../draw.ts'
import { count, counted, fixed, signed } from '../format.ts'
import { type Html, html } from '../html.ts'
import { columns, details, emptyState, type Panel, table } from '../panel.ts'
import { color } from '../theme.ts'
import { className } from '../words.ts'

type Point = { stated: number; observed: number; low: number; high: number; count: number; at: number }

/** How far the two series of one bin stand apart, so that their intervals do not cover each other. */
const NUDGE = 0.006
const MARGIN = { left: 46, right: 14 }

/** Panel 11: how well q_up foretold outcomes, beside the market's own mid. */
export function calibration(data: ReportData): Panel {
  const base = { id: 'calibration', title: 'Calibration of q_up', span: 'half' as const }
  const c = data.calibration
  if (c.samples === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: html`${naive(data)}${emptyState(
        'No decision had both a model probability and a mid in a window with a known outcome: there is nothing to score against the market.',
      )}`,
    }
  }
  const desc = `Brier score of q_up ${fixed(c.model.brier, 4)}, of the mid ${fixed(c.market.brier, 4)}, on ${counted(c.samples, 'sample')}.`
  return {
    ...base,
    caption: `Stated probability of Up against how often Up won, in bins of a tenth, with 95 % Wilson intervals. One sample a window every ${c.sample_s} s, as decisions inside a window are not independent: ${counted(c.samples, 'sample')} from ${counted(c.windows, 'window')}; the first decision of each ${c.sample_s} s with both a q_up and two sides of the book. Even so, samples of one window share its outcome: the intervals are too narrow.`,
    legend: legend([
      { label: 'q_up of the model', role: 'model', shape: 'dot' },
      { label: 'mid of the market', role: 'market', shape: 'ring' },
      { label: 'perfect', role: 'muted', shape: 'dashed' },
    ]),
    drawings: drawEach(base.span, { id: base.id, title: base.title, desc }, (width, at) =>
      stack(
        [
          drawReliability(c.model, c.market, width, {
            ...at,
            id: `${at.id}-reliability`,
            title: 'Reliability',
          }),
          drawCounts(c.model, c.market, width, {
            ...at,
            id: `${at.id}-counts`,
            title: 'Samples by stated probability',
          }),
        ],
        at,
      ),
    ),
    body: html`${naive(data)}${scores(data)}${caveat(data)}${binTable(c.model, c.market)}`,
  }
}

function drawReliability(model: Score, market: Score, width: number, caption: Caption): string {
  const perfect = [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ]
  const m = points(model, -NUDGE)
  const k = points(market, NUDGE)
  const unit = { domain: [0, 1], ticks: [0, 0.2, 0.4, 0.6, 0.8, 1], tickFormat: (v: number) => fixed(v, 1) }
  return draw(
    {
      width,
      height: width < 400 ? 250 : 290,
      marginLeft: MARGIN.left,
      marginRight: MARGIN.right,
      marginTop: 26,
      marginBottom: 22,
      x: { ...unit, label: null, grid: true },
      y: { ...unit, label: 'Up won', labelArrow: 'none', grid: true },
      marks: [
        Plot.line(perfect, { x: 'x', y: 'y', stroke: color.muted, strokeDasharray: '4 3' }),
        Plot.ruleX(k, { x: 'at', y1: 'low', y2: 'high', stroke: color.market, strokeDasharray: '3 2' }),
        Plot.ruleX(m, { x: 'at', y1: 'low', y2: 'high', stroke: color.model }),
        Plot.dot(k, {
          x: 'at',
          y: 'observed',
          r: 5,
          stroke: color.market,
          strokeWidth: 1.8,
          fill: color.paper,
          title: label,
        }),
        Plot.dot(m, { x: 'at', y: 'observed', r: 4, fill: color.model, stroke: color.paper, title: label }),
      ],
    },
    caption,
  )
}

/** How many samples each bin holds: model above the line, market below. */
function drawCounts(model: Score, market: Score, width: number, caption: Caption): string {
  const most = Math.max(...model.bins.map((b) => b.count), ...market.bins.map((b) => b.count))
  const up = model.bins.map((b) => ({ from: b.from, to: b.to, n: b.count }))
  const down = market.bins.map((b) => ({ from: b.from, to: b.to, n: -b.count }))
  const bar = { x1: 'from', x2: 'to', y1: 0, y2: 'n', insetLeft: 1.5, insetRight: 1.5 }
  const number = {
    x: (d: { from: number }) => d.from + 0.05,
    text: (d: { n: number }) => count(Math.abs(d.n)),
    fontSize: 9.5,
    fill: color.muted,
  }
  return draw(
    {
      width,
      height: 116,
      marginLeft: MARGIN.left,
      marginRight: MARGIN.right,
      marginTop: 14,
      marginBottom: 46,
      x: { domain: [0, 1] },
      y: { domain: [-most, most], axis: null },
      marks: [
        Plot.axisX([0, 0.2, 0.4, 0.6, 0.8, 1], {
          tickSize: 0,
          tickPadding: 14,
          tickFormat: (v: number) => fixed(v, 1),
          label: 'stated probability of Up',
          labelArrow: 'none',
        }),
        Plot.rect(up, { ...bar, fill: color.model, fillOpacity: 0.6 }),
        Plot.rect(down, { ...bar, fill: color.market, fillOpacity: 0.35, stroke: color.market }),
        Plot.ruleY([0], { stroke: color.muted }),
        Plot.text(up, { ...number, y: 'n', dy: -6 }),
        Plot.text(down, { ...number, y: 'n', dy: 7 }),
        Plot.text(['n'], { frameAnchor: 'left', dx: -16, fill: color.muted }),
      ],
    },
    caption,
  )
}

function points(score: Score, nudge: number): Point[] {
  return score.bins.map((b) => ({ ...b, at: Math.min(1, Math.max(0, b.stated + nudge)) }))
}

function label(p: Point): string {
  return `stated ${fixed(p.stated, 3)}, Up won ${fixed(p.observed, 3)}, n ${count(p.count)}`
}

function scores(data: ReportData): Html {
  const c = data.calibration
  const heads = columns('forecast', '#Brier', '#log loss')
  const rows = [
    ['q_up of the model', fixed(c.model.brier, 4), fixed(c.model.log_loss, 4)],
    ['mid of the market', fixed(c.market.brier, 4), fixed(c.market.log_loss, 4)],
    [`always ${fixed(c.base_rate, 3)}, the share of Up`, fixed(c.brier_base, 4), '–'],
  ]
  return html`${table('Scores of the forecasts', heads, rows)}<p>Lower is better; 0.25 and 0.6931 are a coin’s. ${verdict(c.difference, c.difference_se)}</p>`
}

/** The model against one that knows nothing but the last hour, from the samples of run.json. */
function naive({ run: { calibration: found } }: ReportData): Html {
  if (found === undefined || found === null) return html``
  const { samples, windows, brier_model, brier_naive, model_used } = found
  const unused = model_used ? '' : ' This strategy does not use the model.'
  return html`<p>Against a naive model, the volatility of the last hour by returns of a minute: Brier score ${fixed(brier_model, 4)} of q_up, ${fixed(brier_naive, 4)} of the naive one, on ${counted(samples, 'sample')} of ${counted(windows, 'window')}; ${foresightText(found)}.${unused}</p>`
}

/** Which of the two was better, only where the difference is clear of its error. */
function verdict(difference: number, se: number): string {
  const numbers = `model less market ${signed(difference, 4)}${Number.isNaN(se) ? '' : ` ± ${fixed(1.96 * se, 4)}`}, windows as clusters`
  if (Number.isNaN(se)) return `Brier score, ${numbers}: one window cannot tell them apart.`
  if (Math.abs(difference) <= 1.96 * se) return `Brier score, ${numbers}: these data do not tell them apart.`
  return difference < 0
    ? `Brier score, ${numbers}: the model was better than the market here.`
    : `Brier score, ${numbers}: the market was better than the model here.`
}

/** Where an outcome was concluded from what a forecast also sees, the score is kinder than life. */
function caveat(data: ReportData): Html {
  const { by_class } = data.calibration
  const classes = by_class.map((t) => `${count(t.n)} ${className(t.code)}`).join(', ')
  const has = (code: number): boolean => by_class.some((t) => t.code === code)
  const same =
    has(ResolutionCode.SETTLEMENT) &&
    data.run.reference_profile.settlement === data.run.reference_profile.spot
      ? ' Settlement outcomes come from the series that the model itself reads, which favours the model.'
      : ''
  const book = has(ResolutionCode.INFERRED_FROM_BOOK)
    ? ' Outcomes inferred from the book come from the mid itself, which favours the market.'
    : ''
  return html`<p>Outcomes: ${classes}.${same}${book}</p>`
}

function binTable(model: Score, market: Score): Html {
  const heads = columns('forecast', 'bin', '#n', '#stated', '#Up won', '#95 % from', '#to')
  const rows = (name: string, score: Score): string[][] =>
    score.bins.map((b) => [
      name,
      `${fixed(b.from, 1)}–${fixed(b.to, 1)}`,
      count(b.count),
      fixed(b.stated, 3),
      fixed(b.observed, 3),
      fixed(b.low, 3),
      fixed(b.high, 3),
    ])
  return details(
    'Table of bins',
    table('Reliability by bin', heads, [...rows('q_up', model), ...rows('mid', market)]),
  )
}
