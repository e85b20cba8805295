import * as Plot from '@observablehq/plot'
import { JSDOM } from 'jsdom'
import { escapeText, type Html, html, trusted } from './html.ts'
import { color } from './theme.ts'

/**
 * Drawing with Observable Plot outside a browser. The result is text that depends on the data alone: no generated
 * names, no locale, no clock, coordinates to two decimals.
 */

/** Where a drawing is shown: on a phone, on a tablet (and full-width panels only), on a desktop. */
export type Place = 'narrow' | 'medium' | 'wide'
/** A drawing of one panel for one place. */
export type Drawing = { place: Place; svg: string }
/** How wide a panel stands on a desktop: the whole page or half of it. */
export type Span = 'full' | 'half'

/** What a drawing is about, for those who do not see it. */
export type Caption = { id: string; title: string; desc: string }

const WIDTHS: Readonly<Record<Span, Partial<Record<Place, number>>>> = {
  full: { narrow: 358, medium: 704, wide: 1120 },
  half: { narrow: 358, wide: 540 },
}

let shared: Document | null = null

/** Call `each` once a place that this span is shown at. */
export function drawEach(
  span: Span,
  caption: Caption,
  each: (width: number, caption: Caption) => string,
): Drawing[] {
  const drawings: Drawing[] = []
  for (const place of ['narrow', 'medium', 'wide'] as const) {
    const width = WIDTHS[span][place]
    if (width === undefined) continue
    drawings.push({ place, svg: each(width, { ...caption, id: `${caption.id}-${place}` }) })
  }
  return drawings
}

/** Draw one plot as an SVG element. */
export function draw(options: Plot.PlotOptions, caption: Caption): string {
  shared ??= new JSDOM('').window.document
  const svg = Plot.plot({
    ...options,
    document: shared,
    style: { fontSize: '11px', overflow: 'visible' },
  }) as unknown as SVGSVGElement
  for (const style of svg.querySelectorAll('style')) style.remove()
  svg.removeAttribute('class')
  svg.removeAttribute('font-family')
  svg.setAttribute('color', color.ink)
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  describe(svg, caption)
  return shorten(svg.outerHTML)
}

/** Put drawings of one width below one another, as one. */
export function stack(drawings: readonly string[], caption: Caption): string {
  let y = 0
  let width = 0
  const parts: string[] = []
  for (const drawing of drawings) {
    const size = /^<svg[^>]* width="(\d+)" height="(\d+)"/.exec(drawing)!
    parts.push(drawing.replace(/^<svg/, `<svg y="${y}"`))
    width = Math.max(width, Number(size[1]))
    y += Number(size[2])
  }
  const { id, title, desc } = caption
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-desc" ` +
    `width="${width}" height="${y}" viewBox="0 0 ${width} ${y}">` +
    `<title id="${id}-title">${escapeText(title)}</title><desc id="${id}-desc">${escapeText(desc)}</desc>` +
    `${parts.join('')}</svg>`
  )
}

/** How one thing in a drawing looks, in words beside its mark. */
export type Key = {
  label: string
  role: keyof typeof color
  shape: 'line' | 'dashed' | 'box' | 'faint' | 'dot' | 'ring' | 'triangle' | 'down'
}

const SHAPES: Readonly<Record<Key['shape'], string>> = {
  line: '<path d="M0,6H18" stroke="currentColor" stroke-width="2"/>',
  dashed: '<path d="M0,6H18" stroke="currentColor" stroke-width="2" stroke-dasharray="4 3"/>',
  box: '<rect x="3" y="1" width="12" height="10" fill="currentColor"/>',
  faint: '<rect x="3" y="1" width="12" height="10" fill="currentColor" fill-opacity="0.3"/>',
  dot: '<circle cx="9" cy="6" r="4" fill="currentColor"/>',
  ring: '<circle cx="9" cy="6" r="4" fill="none" stroke="currentColor" stroke-width="1.5"/>',
  triangle: '<path d="M9,1L14,10H4Z" fill="currentColor"/>',
  down: '<path d="M9,11L14,2H4Z" fill="currentColor"/>',
}

/** A legend in words. */
export function legend(keys: readonly Key[]): Html {
  const items = keys.map(
    (key) =>
      html`<li><svg viewBox="0 0 18 12" width="18" height="12" aria-hidden="true" style="color:${color[key.role]}" fill="none">${trusted(SHAPES[key.shape])}</svg>${key.label}</li>`,
  )
  return html`<ul class="legend">${items}</ul>`
}

function describe(svg: SVGSVGElement, { id, title, desc }: Caption): void {
  svg.setAttribute('role', 'img')
  svg.setAttribute('aria-labelledby', `${id}-title ${id}-desc`)
  for (const [tag, text] of [
    ['desc', desc],
    ['title', title],
  ] as const) {
    const element = shared!.createElementNS('http://www.w3.org/2000/svg', tag)
    element.id = `${id}-${tag}`
    element.textContent = text
    svg.prepend(element)
  }
}

/** Coordinates need no more than two decimals; the last bits of a division are not part of a drawing. */
function shorten(svg: string): string {
  return svg.replace(/(<[^>]*>)/g, (tag) =>
    tag.startsWith('<desc') || tag.startsWith('<title')
      ? tag
      : tag.replace(/-?\d+\.\d{3,}(e-?\d+)?/g, (n) => String(Math.round(Number(n) * 100) / 100 + 0)),
  )
}
