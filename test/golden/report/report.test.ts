import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { drawPricePath } from '../../../engine/report/client/price-path.js'
import type { ReportData } from '../../../engine/report/data.ts'
import { loadReport } from '../../../engine/report/load.ts'
import { defaultPath, toData } from '../../../engine/report/panels/paths.ts'
import { drawPanels } from '../../../engine/report/render.ts'
import { goldenNames, matchGolden } from '../golden.ts'
import { makeRun, writeRun } from './synthetic.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-report-golden-'))
let drawn: Map<string, string>

beforeAll(async () => {
  const few = join(folder, 'few')
  const more = join(folder, 'more')
  await writeRun(few, makeRun({ seed: 7, windows: 9 }))
  await writeRun(more, makeRun({ seed: 7, windows: 14 }))
  drawn = drawings(await loadReport(few))
  // Nine windows are too few for an interval: what shows one is drawn from more.
  for (const [name, text] of drawings(await loadReport(more))) {
    if (/audit|headline|notes/.test(name)) drawn.set(name, text)
  }
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Every drawing of the report by the name of its golden; panels without a drawing by their HTML, as text. */
function drawings(data: ReportData): Map<string, string> {
  const all = new Map<string, string>()
  for (const panel of drawPanels(data)) {
    for (const { place, svg } of panel.drawings) {
      if (place !== 'medium') all.set(`report/${panel.id}-${place}.svg`, lines(svg))
    }
    if (panel.drawings.length === 0 && panel.id !== 'paths') {
      all.set(`report/${panel.id}.txt`, lines(panel.body.html))
    }
  }
  const path = toData(data, data.paths[defaultPath(data.paths)]!)
  all.set('report/paths-narrow.svg', lines(drawPricePath(path, 358, 'paths-narrow')))
  all.set('report/paths-wide.svg', lines(drawPricePath(path, 1120, 'paths-wide')))
  return all
}

/** One element a line, so that a difference can be read. */
function lines(markup: string): string {
  return markup.replaceAll('><', '>\n<')
}

const NAMES = [
  'audit-narrow.svg',
  'audit-wide.svg',
  'calibration-narrow.svg',
  'calibration-wide.svg',
  'equity-narrow.svg',
  'equity-wide.svg',
  'gaps-narrow.svg',
  'gaps-wide.svg',
  'headline.txt',
  'idle-narrow.svg',
  'idle-wide.svg',
  'inventory-narrow.svg',
  'inventory-wide.svg',
  'lifetimes-narrow.svg',
  'lifetimes-wide.svg',
  'markouts-narrow.svg',
  'markouts-wide.svg',
  'notes.txt',
  'paths-narrow.svg',
  'paths-wide.svg',
  'provenance.txt',
  'split-narrow.svg',
  'split-wide.svg',
  'windows-narrow.svg',
  'windows-wide.svg',
].map((name) => `report/${name}`)

describe('every panel draws what its golden shows', () => {
  test.each(NAMES)('%s', (name) => {
    matchGolden(name, drawn.get(name)!)
  })

  test('no drawing is without a golden and no golden without a drawing', () => {
    expect([...drawn.keys()].sort()).toEqual(NAMES)
    expect([...goldenNames('report', '.txt'), ...goldenNames('report', '.svg')].sort()).toEqual(NAMES)
  })
})
