import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JSDOM } from 'jsdom'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeRun, writeRun } from '../../test/golden/report/synthetic.ts'
import type { Audit } from './audit-file.ts'
import type { ReportData } from './data.ts'
import { counted, fixed, signed } from './format.ts'
import { loadReport } from './load.ts'
import { split } from './panels/split.ts'
import { drawPanels, renderReport, writeReport } from './render.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-report-render-'))
let data: ReportData
let page: Document

beforeAll(async () => {
  await writeRun(join(root, 'run'), makeRun({ seed: 5, windows: 9 }))
  data = await loadReport(join(root, 'run'))
  page = new JSDOM(renderReport(data)).window.document
})
afterAll(() => rmSync(root, { recursive: true }))

/** The value beside a name in the lists of numbers. */
function fact(name: string): string {
  const terms = [...page.querySelectorAll('dl.numbers dt')].filter((dt) => dt.textContent === name)
  expect(terms, name).toHaveLength(1)
  return terms[0]!.nextElementSibling!.textContent
}

/** The run with windows enough for an interval. */
function enough(run: ReportData['run']): ReportData['run'] {
  const interval = { low: -1219, high: 251, level: 0.95, windows: 40, blocks: 40 }
  return { ...run, net_pnl_interval_usdc: interval }
}

describe('the page', () => {
  test('lies beside its run and nothing else is left there; drawn again it is the same to the byte', async () => {
    const before = readdirSync(join(root, 'run'))
    const path = await writeReport(join(root, 'run'))
    expect(path).toBe(join(root, 'run', 'report.html'))
    const first = readFileSync(path, 'utf8')
    await writeReport(join(root, 'run'))
    expect(readFileSync(path, 'utf8')).toBe(first)
    expect(readdirSync(join(root, 'run')).sort()).toEqual([...before, 'report.html'].sort())
  })

  test('names nothing outside itself', () => {
    const text = renderReport(data).replaceAll('http://www.w3.org/2000/svg', '')
    expect(text).not.toMatch(/https?:|\bsrc=|@import|url\((?!#)/)
    for (const link of page.querySelectorAll('[href]')) {
      const href = link.getAttribute('href')!
      expect(href.startsWith('data:') || page.querySelector(`[id="${href.slice(1)}"]`) !== null, href).toBe(
        true,
      )
    }
    const policy = page.querySelector('meta[http-equiv="Content-Security-Policy"]')!.getAttribute('content')
    expect(policy).toContain("default-src 'none'")
    expect(policy).not.toContain("script-src 'unsafe-inline'")
  })

  test('has each of the fourteen panels once, with a heading', () => {
    const ids = [...page.querySelectorAll('section.panel')].map((s) => s.id)
    expect(ids).toHaveLength(14)
    expect(new Set(ids).size).toBe(14)
    for (const section of page.querySelectorAll('section.panel')) {
      expect(section.querySelector('h2')!.textContent).not.toBe('')
    }
  })

  test('gives every id once, and every drawing a title and a description in words', () => {
    const ids = [...page.querySelectorAll('[id]')].map((e) => e.id)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
    const drawings = page.querySelectorAll('figure > svg, .chart > svg')
    expect(drawings.length).toBeGreaterThan(15)
    for (const svg of drawings) {
      const [title, desc] = svg.getAttribute('aria-labelledby')!.split(' ')
      expect(page.getElementById(title!)!.textContent).not.toBe('')
      expect(page.getElementById(desc!)!.textContent).not.toBe('')
    }
  })

  test('of 36 windows stays far below 3 MB', async () => {
    const dir = join(root, 'many')
    await writeRun(dir, makeRun({ seed: 6, windows: 36, pace: 4 }))
    expect(statSync(await writeReport(dir)).size).toBeLessThan(1_500_000)
  })

  test('of 300 windows draws groups of windows and keeps a bounded number of paths', async () => {
    const dir = join(root, 'long')
    await writeRun(dir, makeRun({ seed: 6, windows: 300, pace: 0.1 }))
    const long = await loadReport(dir)
    expect(long.paths).toHaveLength(200)
    expect(long.paths_left_out).toBe(100)
    const text = renderReport(long)
    expect(text.length).toBeLessThan(3_000_000)
    expect(text).toContain('Each bar is the sum of 2 consecutive windows.')
    expect(text).toContain('100 windows with fewer fills are not in this file.')
  })
})

describe('numbers on the page are those of the run', () => {
  test('the heading spans the windows, and not the redemptions after the last of them', () => {
    const later = { ...data, to_us: data.to_us + 3_600_000_000 }
    const { document } = new JSDOM(renderReport(later)).window
    expect(document.title).toBe('market-maker: 9 windows, 2026-04-15 12:00 to 12:45 UTC')
    expect(document.querySelector('.subtitle')!.textContent).toContain('12:00 to 12:45 UTC')
  })

  test('a negative one has the ASCII hyphen, in tables and drawings too', () => {
    const text = renderReport(data)
    expect(text).toMatch(/>-\d/)
    expect(/.{20}\u2212\d/.exec(text)?.[0]).toBeUndefined()
  })

  test('the table of the result', () => {
    const { run } = data
    expect(fact('net PnL')).toBe(signed(run.net_pnl_usdc, 6))
    expect(fact('gross PnL')).toBe(signed(run.gross_pnl_usdc, 6))
    expect(fact('fees')).toBe(fixed(run.fees_usdc, 6))
    expect(fact('deepest drawdown')).toBe(fixed(run.max_drawdown_usdc, 6))
    expect(fact('ledger residual')).toBe('0 µUSDC')
    expect(fact('decisions')).toBe(fixed(run.decisions, 0))
    expect(fact('unresolved')).toBe(String(run.windows.unresolved))
    expect(fact('risk halts')).toBe('2')
  })

  test('the first sentence', () => {
    const { run } = data
    const rest = (windows: number) =>
      `; ${run.windows.won} of ${windows} traded windows won; ${run.fills} fills, volume ${fixed(run.volume_usdc, 0)} USDC, deepest drawdown ${fixed(run.max_drawdown_usdc, 2)} USDC; live would have halted at 12:22 UTC.`
    const net = `Net ${signed(run.net_pnl_usdc, 2)} USDC`
    expect(page.querySelector('.lead')!.textContent).toBe(
      `${net} (too few windows to tell it from luck) on 5,000.00 USDC${rest(8)}`,
    )
    const told = new JSDOM(renderReport({ ...data, run: enough(run) })).window.document
    expect(told.querySelector('.lead')!.textContent).toBe(
      `${net} (95 % interval -1,219.00 to +251.00) on 5,000.00 USDC${rest(40)}`,
    )
  })

  test('the result comes first: net, interval, return, windows won, and the verdict of the audit', () => {
    const told = { ...data, run: enough(data.run) }
    const { document } = new JSDOM(renderReport(told)).window
    const first = document.querySelector('section.panel')!
    expect(first.id).toBe('headline')
    const tile = (name: string): string => {
      const found = [...first.querySelectorAll('.figure')].find(
        (one) => one.querySelector('.name')!.textContent === name,
      )!
      return [...found.children].map((part) => part.textContent).join(' | ')
    }
    expect(tile('net')).toBe(`net | ${signed(told.run.net_pnl_usdc, 2)} | USDC`)
    expect(tile('95 % interval')).toBe('95 % interval | -1,219 to +251 | 40 windows drawn anew')
    expect(tile('return')).toBe(`return | ${signed(told.run.return_pct!, 2)} % | of 5,000 USDC`)
    expect(tile('windows won')).toBe(`windows won | ${told.run.windows.won} | of 40 traded`)
    expect(first.querySelector('.verdict')!.textContent).toContain((data.audit as Audit).depends_on)
    expect(document.querySelector('#provenance > details')!.textContent).toContain(
      'Source: A made-up recording',
    )
  })

  test('the change of equity is net and what the unresolved windows gained', () => {
    const { run } = data
    const change = run.net_pnl_usdc + run.unresolved_value_usdc - run.unresolved_cost_usdc
    expect(fact('change of equity')).toBe(signed(change, 6))
  })

  test('the table of windows has a row a window, whose nets sum to the net', () => {
    const rows = [...page.querySelectorAll('#windows tbody tr')]
    expect(rows).toHaveLength(9)
    const read = (text: string): number => Number(text.replace('+', '').replaceAll(',', ''))
    let net = 0
    for (const [i, row] of rows.entries()) {
      const cells = [...row.children].map((cell) => cell.textContent)
      expect(cells[0]).toBe(data.windows[i]!.slug)
      expect(cells[12]).toBe(data.windows[i]!.class === 0 ? 'apart' : signed(data.windows[i]!.net / 1e6, 2))
      if (cells[12] !== 'apart') net += read(cells[12]!)
    }
    expect(net).toBeCloseTo(data.run.net_pnl_usdc, 1)
  })

  test('the window shown first is the one with most fills', () => {
    const chosen = page.querySelector('#path-select option[selected]')!
    const most = Math.max(...data.paths.map((p) => p.fills.length))
    expect(chosen.textContent).toContain(`${most} fills`)
    expect(page.querySelectorAll('#path-fills tbody tr')).toHaveLength(most)
    expect(page.querySelectorAll('#path-select option')).toHaveLength(9)
  })
})

describe('the page says what is wrong', () => {
  const text = (changed: ReportData): string => {
    const { document } = new JSDOM(renderReport(changed)).window
    for (const script of document.querySelectorAll('script, style')) script.remove()
    return document.body.textContent.replace(/\s+/g, ' ')
  }
  /** The words that `pattern` finds, or a dash: a failing test must not print a whole page. */
  const find = (said: string, pattern: RegExp): string => pattern.exec(said)?.[0] ?? '–'

  test('windows that do not sum to the net', () => {
    const changed = { ...data, run: { ...data.run, net_pnl_usdc: data.run.net_pnl_usdc + 0.000001 } }
    const alarm = /The windows sum to \S+ USDC, but run.json states a net of \S+ USDC/
    expect(find(text(data), alarm)).toBe('–')
    expect(find(text(changed), alarm)).toBe(
      `The windows sum to ${signed(data.run.net_pnl_usdc, 6)} USDC, but run.json states a net of ${signed(changed.run.net_pnl_usdc, 6)} USDC`,
    )
  })

  test('an account with nothing left to trade with, in the first sentence too', () => {
    const ruined = /The account was ruined at 2026-04-15 12:31:00 UTC: its equity fell below 1 %/
    const run = { ...data.run, ruined_at: '2026-04-15T12:31:00Z' }
    expect(find(text(data), /ruined/)).toBe('–')
    expect(find(text({ ...data, run }), ruined)).not.toBe('–')
    expect(find(text({ ...data, run }), /; ruined at 12:31 UTC\./)).not.toBe('–')
  })

  test('that a result is not to be told from luck, among the known lies', () => {
    const say = (low: number | null, high: number | null, blocks = 40) => {
      const interval = { low, high, level: 0.95, windows: blocks, blocks }
      return text({ ...data, run: { ...data.run, net_pnl_interval_usdc: interval } })
    }
    expect(find(say(-5, 5), /40 traded windows: not enough to tell this result from luck/)).not.toBe('–')
    expect(find(say(-5, -1, 8), /8 traded windows: too few to tell skill from luck/)).not.toBe('–')
    expect(find(say(-5, -1), /40 traded windows of one tape/)).not.toBe('–')
  })

  test('a ledger that does not add up', () => {
    const changed = { ...data, run: { ...data.run, ledger_residual_micro: -3 } }
    expect(find(text(data), /ledger does not add up/)).toBe('–')
    expect(find(text(changed), /ledger does not add up: -3 micro-USDC/)).not.toBe('–')
  })

  test('assumptions that flatter stand beside the result, and only where they were made', () => {
    const flatters = /This result flatters: [^.]*\./
    expect(find(text(data), flatters)).toBe('–')
    const run = { ...data.run, fill: 'queue-optimistic', gaps_policy: 'ignore' }
    expect(find(text({ ...data, run }), flatters)).toBe(
      'This result flatters: fills are queue-optimistic: an upper bound, not an estimate; ignored 1 gap of the tape.',
    )
  })

  test('taking more than a fifth, sizes that nobody recorded, and gaps that gap_s hid', () => {
    const { taken, gaps } = data.run
    const run = {
      ...data.run,
      taken: { ...taken, share: 0.43, worst_share: 0.9 },
      beyond_display: 4,
      gaps: { ...gaps, hidden: { count: 2, seconds: 41 } },
    }
    const changed = text({ ...data, run })
    for (const words of [
      /This result flatters: gap_s hid 2 gaps of the tape from it; its fills are 43\.0 % of the depth displayed .*; 4 fills at a touch whose size nobody recorded\./,
      /43\.0 % of the depth displayed .*, 90\.0 % in \S+\. More than a fifth is a known lie/,
      /4 fills \(\d+\.\d %\) at a touch whose size nobody recorded/,
      /2 of 2 gaps that the data know \(41 s\) were none to this run/,
      /the data know 2, of which gap_s hid 2 from the run/,
    ]) {
      expect(find(text(data), words)).toBe('–')
      expect(find(changed, words)).not.toBe('–')
    }
  })

  test('what the profit depends on is the title of the audit, and every net of it is there', () => {
    const { depends_on, cells, controls, notes } = data.audit as Audit
    const section = page.getElementById('audit')!
    expect(section.querySelector('h2')!.textContent).toBe(depends_on.replace(/\.$/, ''))
    expect(page.querySelector('nav a[href="#audit"]')!.textContent).toBe('Flattery audit')
    for (const figure of section.querySelectorAll('figure > svg')) {
      const words = [...figure.querySelectorAll('text')].map((one) => one.textContent)
      for (const one of [...cells, ...controls]) {
        const whole = signed(one.net_pnl_usdc, 0)
        expect(words.some((word) => word === signed(one.net_pnl_usdc, 2) || word === whole)).toBe(true)
        expect(words).toContain(counted(one.fills, 'fill'))
      }
      expect(figure.querySelectorAll('rect[stroke], g[stroke-width="2"] rect')).toHaveLength(1)
    }
    for (const note of notes) expect(section.textContent).toContain(note)
  })

  test('that no audit was made, or why it failed, in the place of its table', () => {
    const none = text({ ...data, audit: null })
    expect(find(none, /No audit was made of this run.*engine audit RUN makes it/)).not.toBe('–')
    const failed = { code: 'x.y', message: 'it fell over', fix: 'hold it' }
    const broken = text({ ...data, audit: { failed } })
    expect(find(broken, /The audit of this run failed: it fell over. To mend it: hold it\./)).not.toBe('–')
    expect(find(broken, /Profit only|No cell is profitable/)).toBe('–')
  })

  test('when a live session would have halted, and what came after', () => {
    expect(find(text(data), /A live session would have halted: [^)]*\)/)).toBe(
      'A live session would have halted: the daily drawdown limit was breached 2 times, first at 2026-04-15 12:22:00 UTC (50.02 USDC below the day’s highest, limit 50.00)',
    )
    const calm = { ...data, halts: [], run: { ...data.run, risk_halts: 0 } }
    expect(find(text(calm), /live session would have halted/)).toBe('–')
  })

  test('what a recording without trades leaves of the fill rules, and only then', () => {
    const rule = /Without trade prints a resting bid fills by one rule only/
    expect(find(text(data), rule)).not.toBe('–')
    const prints = { ...data, run: { ...data.run, recording: { has_trades: true } } }
    expect(find(text(prints), rule)).toBe('–')
    expect(find(text(prints), /Trade prints are in the recording/)).not.toBe('–')
  })

  test('a run in which nothing happened, panel by panel', async () => {
    await writeRun(join(root, 'idle'), makeRun({ seed: 5, windows: 3, idle: true }))
    const said = text(await loadReport(join(root, 'idle')))
    for (const sentence of [
      /No share was ever held: nothing was filled/,
      /No resting order was filled: there is nothing to mark/,
      /No resting order was ever sent/,
      /No intent was refused by a gate and no order was rejected by the venue/,
      /No fill in this window/,
    ]) {
      expect(find(said, sentence), String(sentence)).not.toBe('–')
    }
    expect(find(said, /.{30}\b(NaN|undefined|Infinity|null)\b/)).toBe('–')
  })

  test('a run in which nothing happened has no bar of any length', async () => {
    await writeRun(join(root, 'idle'), makeRun({ seed: 5, windows: 3, idle: true }))
    const data = await loadReport(join(root, 'idle'))
    const { drawings } = split(data)
    expect(drawings.length).toBeGreaterThan(1)
    for (const { svg } of drawings) {
      const bars = [...svg.matchAll(/<rect [^>]*width="([^"]+)"/g)].map(([, width]) => Number(width))
      expect(bars).toHaveLength(7)
      expect(Math.max(...bars)).toBe(0)
    }
  })

  test('a run without a single window', async () => {
    await writeRun(join(root, 'none'), makeRun({ seed: 5, windows: 0 }))
    const said = text(await loadReport(join(root, 'none')))
    expect(find(said, /The run covers no window/)).not.toBe('–')
    expect(find(said, /No decision was made/)).not.toBe('–')
    expect(find(said, /.{30}\b(NaN|undefined|Infinity|null)\b/)).toBe('–')
  })
})

test('text from a run folder is text, whatever it says', () => {
  const evil = `</script></title><img src=x onerror=alert(1)>"'&<svg onload=alert(2)>`
  const run = structuredClone(data.run)
  for (const market of run.markets) market.slug = evil
  run.strategy = evil
  run.runtime = evil
  run.datasets[0]!.attribution = evil
  run.datasets[0]!.inferred = [{ what: evil, how: evil, agreement: evil }]
  run.reference_profile.notes = [evil]
  run.config = { [evil]: { [evil]: evil } }
  const windows = data.windows.map((w) => ({ ...w, slug: evil }))
  const audit = structuredClone(data.audit as Audit)
  audit.run.strategy = evil
  audit.depends_on = evil
  audit.notes = [evil]
  audit.controls[0]!.strategy = evil
  const gaps = { ...data.gaps, intervals: data.gaps.intervals.map((g) => ({ ...g, cause: evil })) }
  const hostile = new JSDOM(renderReport({ ...data, run, windows, gaps, audit })).window.document
  expect(hostile.querySelectorAll('img, [onerror], [onload]')).toHaveLength(0)
  expect(hostile.querySelectorAll('script')).toHaveLength(2)
  expect(hostile.querySelector('h1')!.textContent).toBe(evil)
  expect(hostile.querySelector('#windows tbody th')!.textContent).toBe(evil)
  expect(hostile.querySelectorAll('section.panel')).toHaveLength(14)
  for (const panel of drawPanels({ ...data, run, windows, gaps, audit })) {
    for (const { svg } of panel.drawings) expect(svg).not.toContain('<img')
  }
})
