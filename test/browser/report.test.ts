import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeReport } from '../../engine/report/index.ts'
import { makeRun, writeRun } from '../golden/report/synthetic.ts'
import { FLAGS, findChromium } from './chromium.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-browser-'))
let url = ''
let browser: Browser

beforeAll(async () => {
  const executablePath = findChromium()
  await writeRun(root, makeRun({ seed: 7, windows: 14 }))
  url = pathToFileURL(await writeReport(root)).href
  browser = await chromium.launch({ executablePath, args: FLAGS })
})
afterAll(async () => {
  await browser?.close()
  rmSync(root, { recursive: true })
})

type Scheme = 'light' | 'dark'
type Opened = { page: Page; requests: string[]; faults: string[] }

/** Open the report with the network off; requests and everything on the console are kept. */
async function open(width: number, colorScheme: Scheme = 'light'): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, offline: true })
  const page = await context.newPage()
  const requests: string[] = []
  const faults: string[] = []
  page.on('request', (request) => requests.push(request.url()))
  page.on('console', (message) => faults.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => faults.push(String(error)))
  await page.goto(url)
  return { page, requests, faults }
}

const background = (page: Page): Promise<string> =>
  page.evaluate('getComputedStyle(document.body).backgroundColor')
const drawn = (page: Page): Promise<string> => page.locator('#path-chart svg').innerHTML()

describe.each([390, 820, 1280])('at %i px', (width) => {
  test('the report opens without a request, a fault or a scrollbar across', async () => {
    const { page, requests, faults } = await open(width)
    // Data addresses (the icon) never leave the page.
    expect(requests.filter((request) => request !== url && !request.startsWith('data:'))).toEqual([])
    expect(faults).toEqual([])
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
    expect(await page.locator('section.panel').count()).toBe(14)
    await page.context().close()
  })

  test('each panel shows one drawing, inside the page and with letters that can be read', async () => {
    const { page } = await open(width)
    for (const section of await page.locator('section.panel:has(figure)').all()) {
      const visible = section.locator('figure:visible > svg')
      expect(await visible.count()).toBe(1)
      const box = (await visible.boundingBox())!
      expect(box.x).toBeGreaterThanOrEqual(0)
      expect(box.x + box.width).toBeLessThanOrEqual(width)
      const scale = box.width / Number(await visible.getAttribute('width'))
      expect(scale * 11).toBeGreaterThan(9.5)
    }
    await page.context().close()
  })

  test('no label of a drawing is cut off at its edge', async () => {
    const { page } = await open(width)
    const cut = await page.evaluate(`
      [...document.querySelectorAll('figure > svg, #path-chart > svg')].flatMap((svg) => {
        const frame = svg.getBoundingClientRect()
        if (frame.width === 0) return []
        return [...svg.querySelectorAll('text')].filter((text) => {
          const box = text.getBoundingClientRect()
          return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1
        }).map((text) => svg.querySelector('title').textContent + ': ' + text.textContent)
      })`)
    expect(cut).toEqual([])
    await page.context().close()
  })
})

describe('colours', () => {
  test('follow the system, and the switch is above the system', async () => {
    const light = await open(1280, 'light')
    const dark = await open(1280, 'dark')
    const paper = { light: await background(light.page), dark: await background(dark.page) }
    expect(paper.light).not.toBe(paper.dark)
    await light.page.locator('label', { hasText: /^dark$/ }).click()
    await dark.page.locator('label', { hasText: /^light$/ }).click()
    expect(await background(light.page)).toBe(paper.dark)
    expect(await background(dark.page)).toBe(paper.light)
    await light.page.locator('label', { hasText: /^auto$/ }).click()
    expect(await background(light.page)).toBe(paper.light)
    await light.page.context().close()
    await dark.page.context().close()
  })

  test.each(['light', 'dark'] as const)('in %s every text stands out from the page', async (scheme) => {
    const { page } = await open(1280, scheme)
    const weak = await page.evaluate(CONTRAST)
    expect(weak).toEqual([])
    await page.context().close()
  })
})

describe('the price path', () => {
  test('shows the window that is chosen, its fills in the table', async () => {
    const { page, faults } = await open(1280)
    const first = await drawn(page)
    const select = page.locator('#path-select')
    for (const option of [0, 5, 13]) {
      await select.selectOption({ index: option })
      const label = await select.locator('option').nth(option).textContent()
      const [, slug, fills] = /^\S+ (\S+): (\d+) fill/.exec(label!)!
      expect(await page.locator('#path-chart svg > title').textContent()).toContain(slug)
      expect(await page.locator('#path-chart svg > g > title').count()).toBe(Number(fills))
      expect(await page.locator('#path-fills tbody tr').count()).toBe(Number(fills))
      expect(await drawn(page)).not.toBe(first)
    }
    expect(faults).toEqual([])
    await page.context().close()
  })

  test('is read off by pointer and by arrow keys', async () => {
    const { page } = await open(1280)
    const chart = page.locator('#path-chart')
    const readout = page.locator('#path-readout')
    await chart.hover({ position: { x: 400, y: 150 } })
    const pointed = await readout.textContent()
    expect(pointed).toMatch(/^\d\d:\d\d:\d\d UTC {2}bid \S+ {2}ask \S+ {2}q_up \S+$/)
    await chart.focus()
    await page.keyboard.press('ArrowRight')
    const next = await readout.textContent()
    expect(next).not.toBe(pointed)
    await page.keyboard.press('ArrowLeft')
    expect(await readout.textContent()).toBe(pointed)
    expect(await page.locator('#path-chart .cursor').count()).toBe(1)
    await page.context().close()
  })

  test('is drawn anew when the width changes', async () => {
    const { page } = await open(1280)
    await page.setViewportSize({ width: 390, height: 900 })
    // Asked from outside: the page's own policy forbids a condition that it would have to evaluate.
    const width = () => page.locator('#path-chart svg').getAttribute('width').then(Number)
    await expect.poll(width).toBeLessThanOrEqual(390)
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(390)
    await page.context().close()
  })

  test('without scripts the window with most fills is there', async () => {
    const context = await browser.newContext({
      javaScriptEnabled: false,
      viewport: { width: 1280, height: 900 },
    })
    const page = await context.newPage()
    await page.goto(url)
    expect(await page.locator('#path-chart svg').count()).toBe(1)
    expect(await page.locator('section.panel').count()).toBe(14)
    await context.close()
  })
})

test('everything that acts can be reached by the keyboard', async () => {
  const { page } = await open(1280)
  const reached = new Set<string>()
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    reached.add(
      await page.evaluate(
        'document.activeElement.id || document.activeElement.className || document.activeElement.tagName',
      ),
    )
  }
  expect([...reached]).toEqual(
    expect.arrayContaining(['theme-auto', 'path-select', 'path-chart', 'SUMMARY', 'scroll']),
  )
  await page.context().close()
})

/** Texts whose contrast with the page's background is below 4.5 to 1, as the guidelines for accessibility ask. */
const CONTRAST = `(() => {
  const channel = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4)
  const luminance = (rgb) => 0.2126 * channel(rgb[0]) + 0.7152 * channel(rgb[1]) + 0.0722 * channel(rgb[2])
  const parse = (text) => text.match(/[\\d.]+/g).map(Number)
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = parse(getComputedStyle(e).backgroundColor)
      if (color.length === 3 || color[3] > 0) return color
    }
    return [255, 255, 255]
  }
  const weak = []
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim() !== '')
    if (!own || element.closest('script, title, desc, option') || element.getClientRects().length === 0) continue
    const style = getComputedStyle(element)
    const ink = parse(element instanceof SVGElement ? style.fill : style.color)
    const a = luminance(ink)
    const b = luminance(behind(element))
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
    if (ratio < 4.5) weak.push(element.textContent.slice(0, 30) + ' ' + ratio.toFixed(2))
  }
  return weak
})()`
