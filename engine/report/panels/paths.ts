import { MICRO, MS } from '../../../core/units/index.ts'
import { fillTable } from '../client/fill-table.js'
import type { PathData } from '../client/price-path.d.ts'
import { drawPricePath } from '../client/price-path.js'
import type { Path, ReportData } from '../data.ts'
import { legend } from '../draw.ts'
import { count, counted, duration, minute, signedUsdc } from '../format.ts'
import { embedJson, type Html, html, nothing, trusted } from '../html.ts'
import { emptyState, type Panel } from '../panel.ts'

/** Width of the drawing that stands in the file for readers without scripts; the page draws it anew at its own. */
const STATIC_WIDTH = 704

/** Panel 6: our fills on the price path of one window, of any window. */
export function paths(data: ReportData): Panel {
  const base = { id: 'paths', title: 'Fills on the price path', span: 'full' as const }
  if (data.paths.length === 0) {
    return {
      ...base,
      caption: '',
      legend: legend([]),
      drawings: [],
      body: emptyState('No window has a decision: there is no path to draw.'),
    }
  }
  const first = defaultPath(data.paths)
  const shown = data.paths[first]!
  const left = data.paths_left_out
  const compact = data.paths.map((path) => toData(data, path))
  return {
    ...base,
    caption: `As the decisions saw it, in the price of Up; a fill of Down at p stands at 1 − p. At most ${count(most(data.paths))} buckets to a window (of ${duration(shown.step_us)} in the first one shown): the lines are each bucket’s last bid, ask and q_up, the faint band its exact lowest bid and highest ask. Lines end where no decision was made for 5 s.${left > 0 ? ` ${counted(left, 'window')} with fewer fills ${left === 1 ? 'is' : 'are'} not in this file.` : ''}`,
    legend: legend([
      { label: 'bid to ask', role: 'market', shape: 'box' },
      { label: 'q_up of the model', role: 'model', shape: 'line' },
      { label: 'buys Up', role: 'up', shape: 'triangle' },
      { label: 'buys Down', role: 'down', shape: 'down' },
      {
        label: 'hollow: as taker; diamond: sells; dashed ring: after a gap; crossed: failed',
        role: 'muted',
        shape: 'ring',
      },
    ]),
    drawings: [],
    body: chooser(data, compact, first),
  }
}

/** The window with most fills; the first of them. */
export function defaultPath(all: readonly Path[]): number {
  let best = 0
  for (const [i, path] of all.entries()) if (fillsOf(path) > fillsOf(all[best]!)) best = i
  return best
}

/** A path as the page holds it: short names, offsets, shares. */
export function toData(data: ReportData, path: Path): PathData {
  const market = data.run.markets[path.market]!
  return {
    slug: market.slug,
    from: path.from_us,
    to: path.to_us,
    start: market.start_us,
    end: market.end_us,
    step: path.step_us,
    bucket: path.bucket,
    bid: path.bid,
    ask: path.ask,
    low: path.low,
    high: path.high,
    q: path.q,
    fills: path.fills.map((f) => ({
      t: Math.floor((f.time_us - path.from_us) / MS),
      price: f.price,
      size: f.size / MICRO,
      outcome: f.outcome,
      side: f.side,
      maker: f.maker,
      gap: f.gap_fill,
      failed: f.failed,
    })),
    more: path.fills_left_out,
  }
}

function chooser(data: ReportData, compact: PathData[], first: number): Html {
  const options = data.paths.map((path, i) => option(data, path, i, i === first))
  const drawing = trusted(drawPricePath(compact[first]!, STATIC_WIDTH, 'path'))
  return html`<p class="choose"><label for="path-select">Window</label> <select id="path-select">${options}</select></p>
<div id="path-chart" class="chart" tabindex="0" role="group" aria-label="Price path; arrow keys read values">${drawing}</div>
<p id="path-readout" class="readout" aria-live="polite">Point at the chart, or focus it and use the arrow keys, to read values.</p>
<details><summary>Fills of this window</summary><div id="path-fills">${trusted(fillTable(compact[first]!))}</div></details>
${embedJson('paths-data', compact)}`
}

function option(data: ReportData, path: Path, at: number, selected: boolean): Html {
  const market = data.run.markets[path.market]!
  const window = data.windows.find((w) => w.market === path.market)
  const net = window === undefined || window.class === 0 ? '' : `, net ${signedUsdc(window.net)}`
  const text = `${minute(market.start_us)} ${market.slug}: ${counted(fillsOf(path), 'fill')}${net}`
  return html`<option value="${at}"${selected ? trusted(' selected') : nothing}>${text}</option>`
}

function fillsOf(path: Path): number {
  return path.fills.length + path.fills_left_out
}

function most(all: readonly Path[]): number {
  return all.reduce((a, path) => Math.max(a, path.bucket.length), 0)
}
