import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replaceText } from '../../recorders/files/index.ts'
import type { ReportData } from './data.ts'
import { count, counted, day, fixed, minute, signed } from './format.ts'
import { type Html, html, trusted } from './html.ts'
import { loadReport } from './load.ts'
import type { Panel } from './panel.ts'
import { intervalText } from './panels/headline.ts'
import * as panels from './panels/index.ts'
import { variables } from './theme.ts'

/** The panels in the order of reading. */
export function drawPanels(data: ReportData): Panel[] {
  return [
    panels.headline(data),
    panels.provenance(data),
    panels.audit(data),
    panels.equity(data),
    panels.split(data),
    panels.inventory(data),
    panels.windows(data),
    panels.paths(data),
    panels.markouts(data),
    panels.calibration(data),
    panels.lifetimes(data),
    panels.idle(data),
    panels.gaps(data),
    panels.notes(data),
  ]
}

/**
 * Draw the report of a run folder and put it there as `report.html`: one file, nothing fetched, written beside and
 * renamed. The same run folder gives the same bytes.
 *
 * @returns the report's path
 * @throws ReportError naming file and field; see {@link loadReport}
 */
export async function writeReport(runDir: string): Promise<string> {
  const page = renderReport(await loadReport(runDir))
  const path = join(runDir, 'report.html')
  await replaceText(path, page)
  return path
}

/** The whole page as text. */
export function renderReport(data: ReportData): string {
  const drawn = drawPanels(data)
  const script = pageScript()
  const title = `${data.run.strategy}: ${counted(data.run.windows.total, 'window')}, ${days(data)}`
  const links = drawn.map((p) => html`<a href="#${p.id}">${p.link ?? p.title}</a>`)
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy(script)}">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(`${variables()}\n${asset('page.css')}`)}</style>
</head>
<body>
<header class="page">
<div><h1>${data.run.strategy}</h1><p class="subtitle">${counted(data.run.windows.total, 'window')}, ${days(data)}, filled as ${data.run.fill}</p><p class="lead">${lead(data)}</p></div>
${schemeSwitch()}
</header>
<main>
<nav class="panels" aria-label="Panels">${links}</nav>
<div class="grid">${drawn.map(section)}</div>
</main>
<footer>Lockstep ${data.run.code_version} on ${data.run.runtime}. This file holds everything it shows and fetches nothing.</footer>
<script type="module">${trusted(script)}</script>
</body>
</html>
`.html
}

function section(panel: Panel): Html {
  const drawings = panel.drawings.map(
    (d) => html`<figure class="drawing ${d.place}">${trusted(d.svg)}</figure>`,
  )
  const caption = panel.caption === '' ? null : html`<p class="caption">${panel.caption}</p>`
  return html`<section class="panel ${panel.span}" id="${panel.id}" aria-labelledby="${panel.id}-heading"><h2 id="${panel.id}-heading">${panel.title}</h2>${caption}${panel.legend}${drawings}${panel.body}</section>
`
}

/** The result in one sentence, for who reads no further. */
function lead({ run, halts }: ReportData): string {
  const { windows, level } = run.net_pnl_interval_usdc
  const halted =
    run.risk_halts === 0
      ? ''
      : `; live would have halted${halts.length === 0 ? '' : ` at ${minute(halts[0]!.time_us)} UTC`}`
  const ruined = run.ruined_at === null ? '' : `; ruined at ${run.ruined_at.slice(11, 16)} UTC`
  const interval = intervalText(run, 2)
  const luck =
    interval === '–'
      ? `too few windows to tell it from luck`
      : `${fixed(100 * level, 0)} % interval ${interval}`
  return `Net ${signed(run.net_pnl_usdc, 2)} USDC (${luck}) on ${fixed(run.initial_cash_usdc, 2)} USDC; ${count(run.windows.won)} of ${counted(windows, 'traded window')} won; ${counted(run.fills, 'fill')}, volume ${fixed(run.volume_usdc, 0)} USDC, deepest drawdown ${fixed(run.max_drawdown_usdc, 2)} USDC${halted}${ruined}.`
}

/** Light, dark or as the system says: three radio buttons and CSS. */
function schemeSwitch(): Html {
  const choices = ['auto', 'light', 'dark'].map(
    (name) =>
      html`<label><input type="radio" name="scheme" id="theme-${name}"${trusted(name === 'auto' ? ' checked' : '')}>${name}</label>`,
  )
  return html`<fieldset class="scheme"><legend>colours</legend>${choices}</fieldset>`
}

/** The span of the windows. What comes after the last (redemptions) is on the axes of the drawings, and is no window. */
function days({ run }: ReportData): string {
  let from = Number.POSITIVE_INFINITY
  let to = Number.NEGATIVE_INFINITY
  for (const { start_us, end_us } of run.markets) {
    from = Math.min(from, start_us)
    to = Math.max(to, end_us)
  }
  if (from > to) return 'no time'
  return `${day(from)} ${minute(from)} to ${day(from) === day(to) ? '' : `${day(to)} `}${minute(to)} UTC`
}

/** The client's modules as one script: the later ones use the functions of the earlier ones. */
function pageScript(): string {
  return ['path-words.js', 'price-path.js', 'fill-table.js', 'page.js']
    .map((name) =>
      asset(`client/${name}`)
        .replace(/^import .*\n/gm, '')
        .replace(/^export /gm, ''),
    )
    .join('\n')
}

/** Only this very script runs, and nothing is fetched, whatever text a run folder holds. */
function policy(script: string): string {
  const digest = createHash('sha256').update(script).digest('base64')
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${digest}'`
}

function asset(name: string): string {
  return readFileSync(new URL(name, import.meta.url), 'utf8')
}
