import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromium } from 'playwright-core'
import { FLAGS, findChromium } from '../test/browser/chromium.ts'
import { ROOT } from './make/pages.ts'
import { resultSentence, runShipped } from './make/shipped.ts'

/** Panels in the picture: what the result depends on, and what single decisions looked like. */
const SHOWN = ['audit', 'paths']
const WIDTH = 1240
/** Free paper around the picture. */
const MARGIN = 28
/** Pixels of the picture for one of the page: sharp on fine screens, and still small. */
const SCALE = 1.4

/**
 * `node docs/screenshot.ts`: take the README’s pictures of the real report of the shipped dataset, light and dark: the page’s
 * head and two of its panels, as a browser shows them, and beside them the result that they show.
 */
export async function takePictures(): Promise<void> {
  const run = await runShipped()
  const browser = await chromium.launch({ executablePath: findChromium(), args: FLAGS })
  try {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({
        viewport: { width: WIDTH, height: 900 },
        deviceScaleFactor: SCALE,
        colorScheme,
      })
      await page.goto(pathToFileURL(join(run.dir, 'report.html')).href)
      const others = `section.panel:not(${SHOWN.map((id) => `#${id}`).join(', ')}), .scheme, footer`
      await page.addStyleTag({ content: `${others} { display: none !important }` })
      const top = (await page.locator('header.page').boundingBox())!
      const last = (await page.locator('#paths').boundingBox())!
      await page.screenshot({
        path: join(ROOT, 'docs/images', colorScheme === 'light' ? 'report.png' : 'report-dark.png'),
        fullPage: true,
        clip: {
          x: top.x - MARGIN,
          y: Math.max(0, top.y - MARGIN),
          width: top.width + 2 * MARGIN,
          height: last.y + last.height - Math.max(0, top.y - MARGIN) + MARGIN,
        },
      })
    }
    writeFileSync(join(ROOT, 'docs/images/report.txt'), `${resultSentence(run)}\n`)
  } finally {
    await browser.close()
    await run.remove()
  }
}

if (import.meta.main) await takePictures()
