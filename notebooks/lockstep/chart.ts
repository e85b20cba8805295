import type * as Plot from '@observablehq/plot'
import type { ReportData } from '../../engine/report/data.ts'
import { draw, type Place } from '../../engine/report/draw.ts'
import { escapeText } from '../../engine/report/html.ts'
import { loadReport } from '../../engine/report/index.ts'
import type { Panel } from '../../engine/report/panel.ts'
import * as panels from '../../engine/report/panels/index.ts'
import { LabError } from './lab-error.ts'
import type { Run } from './run.ts'

/** A drawing for a notebook: show it with `display.html(chart.html)`, or `display.svg(chart.svg)` for the drawing alone. */
export type Chart = {
  readonly title: string
  /** What is drawn, with units, and how it was counted. */
  readonly caption: string
  /** The drawing alone; empty where there is nothing to draw. */
  readonly svg: string
  /** Title, caption, key, drawing and the tables below it. */
  readonly html: string
}

/** Names of the charts that a run can be asked for: panels of the report that can be drawn on their own. */
export type ChartName =
  | 'headline'
  | 'equity'
  | 'split'
  | 'inventory'
  | 'windows'
  | 'markouts'
  | 'calibration'
  | 'lifetimes'
  | 'idle'
  | 'gaps'

const DRAWN: Readonly<Record<ChartName, (data: ReportData) => Panel>> = {
  headline: panels.headline,
  equity: panels.equity,
  split: panels.split,
  inventory: panels.inventory,
  windows: panels.windows,
  markouts: panels.markouts,
  calibration: panels.calibration,
  lifetimes: panels.lifetimes,
  idle: panels.idle,
  gaps: panels.gaps,
}

const reports = new WeakMap<Run, Promise<ReportData>>()

/**
 * A chart of a run, drawn as the report draws it.
 *
 * @param name one of `equity` (the default), `headline`, `split`, `inventory`, `windows`, `markouts`, `calibration`,
 * `lifetimes`, `idle`, `gaps`
 * @param place how wide: for a `narrow`, `medium` or `wide` page
 * @throws LabError `lab.chart` for another name
 */
export async function chart(run: Run, name: ChartName = 'equity', place: Place = 'medium'): Promise<Chart> {
  if (!Object.hasOwn(DRAWN, name))
    throw new LabError(
      'lab.chart',
      `there is no chart ${name}`,
      `use one of ${Object.keys(DRAWN).join(', ')}`,
      name,
    )
  let report = reports.get(run)
  if (report === undefined) {
    report = loadReport(run.dir)
    reports.set(run, report)
  }
  const panel = DRAWN[name](await report)
  const { drawings } = panel
  const drawing = drawings.find((one) => one.place === place) ?? drawings.at(-1)
  const svg = drawing === undefined ? '' : onGround(drawing.svg)
  const body = `<h3>${escapeText(panel.title)}</h3><p>${escapeText(panel.caption)}</p>${panel.legend.html}${svg}${panel.body.html}`
  return { title: panel.title, caption: panel.caption, svg, html: onPaper(body) }
}

/**
 * Draw with Observable Plot, without a browser.
 *
 * @param options what `Plot.plot` takes; colours, axes and marks are yours
 * @param title what it shows, for those who do not see it
 * @returns the drawing as SVG text, the same for the same data
 */
export function plot(options: PlotOptions, title = 'chart'): string {
  drawn++
  return onGround(draw(options as Plot.PlotOptions, { id: `plot-${drawn}`, title, desc: '' }))
}

/** What `Plot.plot` of `@observablehq/plot` takes: marks, scales, sizes. */
export type PlotOptions = { readonly [option: string]: unknown }

let drawn = 0

/** A drawing on a ground of its own, to be read in a dark notebook too. */
function onGround(svg: string): string {
  const tag = svg.slice(0, svg.indexOf('>'))
  const ground = `background:${PAPER};font-family:system-ui,sans-serif`
  const grounded = tag.includes(' style="')
    ? tag.replace(' style="', ` style="${ground};`)
    : `${tag} style="${ground}"`
  return grounded + svg.slice(tag.length)
}

/** A ground of its own: the colours are those of the light report, whatever the notebook's theme. */
export function onPaper(body: string): string {
  return `<div class="lockstep"><style>${STYLE}</style>${body}</div>`
}

const PAPER = '#fdfdfb'

const STYLE = [
  `.lockstep{background:${PAPER};color:#1c1d21;padding:12px 16px;max-width:1152px;font:13px/1.45 system-ui,sans-serif}`,
  '.lockstep h3{margin:0;font-size:16px}',
  '.lockstep p{margin:2px 0 8px;color:#5d6068}',
  '.lockstep .legend{display:flex;flex-wrap:wrap;gap:2px 16px;margin:0 0 4px;padding:0;list-style:none}',
  '.lockstep .legend svg{margin-right:6px;vertical-align:-1px}',
  '.lockstep table{border-collapse:collapse;color:#1c1d21;font-variant-numeric:tabular-nums}',
  '.lockstep th,.lockstep td{padding:2px 12px 2px 0;border-bottom:1px solid #dcdcd4;text-align:left;background:none}',
  '.lockstep th.n,.lockstep td.n{text-align:right;padding-left:12px}',
  '.lockstep svg{max-width:100%;height:auto}',
].join('')
