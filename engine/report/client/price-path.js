import { clockOf, escapeText, fillWords } from './path-words.js'

/**
 * The price path of one window as an SVG text. The same function draws the first window when the report is written and
 * every other one in the reader's browser, at the width it has there: nothing in here needs more than its arguments.
 * See PathData in price-path.d.ts for the units.
 */

const HEIGHT = 340
const MARGIN = { top: 26, right: 14, bottom: 38, left: 46 }
/** Without a decision for this long the tape was silent: lines end and begin again. */
const SILENCE_US = 5e6
const TICKS = 10000

/**
 * @param {import('./price-path.d.ts').PathData} path
 * @param {number} width px
 * @param {string} id of the drawing, for its title
 * @returns {string} an SVG element
 */
export function drawPricePath(path, width, id) {
  const scales = pathScales(path, width)
  const desc = `Bid and ask as the strategy saw them, q_up, and ${path.fills.length} fills, from ${clockOf(path.from)} to ${clockOf(path.to)} UTC.`
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="${id}-title ${id}-desc" ` +
    `width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" font-size="11" ` +
    `fill="currentColor" color="var(--ink, #1c1d21)">` +
    `<title id="${id}-title">Fills on the price path of ${escapeText(path.slug)}</title>` +
    `<desc id="${id}-desc">${escapeText(desc)}</desc>` +
    priceAxis(scales, width) +
    pathTimeAxis(path, scales, width) +
    bounds(path, scales) +
    band(path.low, path.high, path, scales, 0.14) +
    band(path.bid, path.ask, path, scales, 0.42) +
    line(path.bid, path, scales, 'var(--market, #2e7d6b)', 1) +
    line(path.ask, path, scales, 'var(--market, #2e7d6b)', 1) +
    line(path.q, path, scales, 'var(--model, #8f2d74)', 1.6) +
    path.fills.map((fill) => marker(fill, path, scales)).join('') +
    '</svg>'
  )
}

/**
 * Where a bucket and a price lie on the drawing.
 * @param {import('./price-path.d.ts').PathData} path
 * @param {number} width
 */
export function pathScales(path, width) {
  const prices = [...path.low, ...path.high, ...path.q].filter((v) => v >= 0)
  for (const fill of path.fills) prices.push(upPrice(fill))
  let low = prices.length === 0 ? 0 : prices[0]
  let high = prices.length === 0 ? TICKS : prices[0]
  for (const v of prices) {
    if (v < low) low = v
    if (v > high) high = v
  }
  const step = niceStep((high - low) / TICKS / 5)
  low = Math.max(0, Math.floor(low / TICKS / step) * step)
  high = Math.min(1, Math.ceil(high / TICKS / step) * step)
  if (high <= low) high = low + step
  const right = width - MARGIN.right
  const bottom = HEIGHT - MARGIN.bottom
  return {
    low,
    high,
    step,
    right,
    bottom,
    /** @param {number} us since the start of the path */
    x: (us) => MARGIN.left + (us / Math.max(1, path.to - path.from)) * (right - MARGIN.left),
    /** @param {number} ticks */
    y: (ticks) => bottom - ((ticks / TICKS - low) / (high - low)) * (bottom - MARGIN.top),
  }
}

/** @param {import('./price-path.d.ts').PathFill} fill its price as a price of Up */
function upPrice(fill) {
  return fill.outcome === 0 ? fill.price : TICKS - fill.price
}

/** @param {number} least @returns {number} the next of 1, 2, 5 times a power of ten, at least 0.01 */
function niceStep(least) {
  let scale = 0.01
  for (;;) {
    for (const m of [1, 2, 5]) if (m * scale >= least) return m * scale
    scale *= 10
  }
}

/** @param {ReturnType<typeof pathScales>} scales @param {number} width */
function priceAxis(scales, width) {
  let out = `<text x="4" y="12">price of Up, USDC</text>`
  const count = Math.round((scales.high - scales.low) / scales.step)
  for (let i = 0; i <= count; i++) {
    const value = scales.low + i * scales.step
    const y = num(scales.y(value * TICKS))
    out += `<path d="M${MARGIN.left},${y}H${num(width - MARGIN.right)}" stroke="currentColor" stroke-opacity="0.1"/>`
    out += `<text x="${MARGIN.left - 8}" y="${y}" dy="0.32em" text-anchor="end" font-variant="tabular-nums">${value.toFixed(2)}</text>`
  }
  return out
}

/**
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 * @param {number} width
 */
function pathTimeAxis(path, scales, width) {
  const room = Math.max(2, Math.floor((width - MARGIN.left) / 74))
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]
  const span_s = (path.to - path.from) / 1e6
  const step = 1e6 * (steps.find((s) => span_s / s <= room) ?? 86400 * Math.ceil(span_s / 86400 / room))
  const y = num(scales.bottom)
  let out = `<path d="M${MARGIN.left},${y}H${num(scales.right)}" stroke="currentColor" stroke-opacity="0.4"/>`
  for (let at = Math.ceil(path.from / step) * step; at <= path.to; at += step) {
    const x = num(scales.x(at - path.from))
    const text = step >= 6e7 ? clockOf(at).slice(0, 5) : clockOf(at)
    out += `<path d="M${x},${y}v5" stroke="currentColor" stroke-opacity="0.6"/>`
    const anchor = scales.right - x < 26 ? 'end' : 'middle'
    out += `<text x="${anchor === 'end' ? num(scales.right) : x}" y="${scales.bottom + 17}" text-anchor="${anchor}" font-variant="tabular-nums">${text}</text>`
  }
  return `${out}<text x="${num(scales.right)}" y="${HEIGHT - 4}" text-anchor="end">time, UTC</text>`
}

/**
 * Where the window starts and ends, if the path reaches beyond.
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 */
function bounds(path, scales) {
  let out = ''
  for (const [us, name] of /** @type {const} */ ([
    [path.start, 'start'],
    [path.end, 'end'],
  ])) {
    if (us < path.from || us > path.to) continue
    const x = num(scales.x(us - path.from))
    const end = x > (MARGIN.left + scales.right) / 2
    out += `<path d="M${x},${MARGIN.top}V${num(scales.bottom)}" stroke="currentColor" stroke-opacity="0.45" stroke-dasharray="2 3"/>`
    out += `<text x="${x + (end ? -4 : 4)}" y="${MARGIN.top + 2}" text-anchor="${end ? 'end' : 'start'}" fill-opacity="0.75">${name}</text>`
  }
  return out
}

/**
 * Runs of buckets without a silence between them, in which `known` holds.
 * @param {import('./price-path.d.ts').PathData} path
 * @param {(i: number) => boolean} known
 * @returns {number[][]}
 */
function runs(path, known) {
  /** @type {number[][]} */
  const all = []
  /** @type {number[]} */
  let run = []
  for (let i = 0; i < path.bucket.length; i++) {
    const away = i === 0 ? 0 : (path.bucket[i] - path.bucket[i - 1]) * path.step
    const silent = away > Math.max(SILENCE_US, 1.5 * path.step)
    if (run.length > 0 && (silent || !known(i))) {
      all.push(run)
      run = []
    }
    if (known(i)) run.push(i)
  }
  if (run.length > 0) all.push(run)
  return all
}

/**
 * @param {number[]} lower
 * @param {number[]} upper
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 * @param {number} opacity
 */
function band(lower, upper, path, scales, opacity) {
  let d = ''
  for (const run of runs(path, (i) => lower[i] >= 0 && upper[i] >= 0)) {
    d += `M${steps(run, upper, path, scales).join('L')}L${steps(run, lower, path, scales).reverse().join('L')}Z`
  }
  return d === '' ? '' : `<path d="${d}" fill="var(--market, #2e7d6b)" fill-opacity="${opacity}"/>`
}

/**
 * @param {number[]} values
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 * @param {string} stroke
 * @param {number} width
 */
function line(values, path, scales, stroke, width) {
  let d = ''
  for (const run of runs(path, (i) => values[i] >= 0)) d += `M${steps(run, values, path, scales).join('L')}`
  return d === ''
    ? ''
    : `<path d="${d}" fill="none" stroke="${stroke}" stroke-width="${width}" stroke-linejoin="round"/>`
}

/**
 * A value holds to the end of its bucket.
 * @param {number[]} run
 * @param {number[]} values
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 */
function steps(run, values, path, scales) {
  const points = run.map(
    (i) => `${num(scales.x((path.bucket[i] + 0.5) * path.step))},${num(scales.y(values[i]))}`,
  )
  return points.length === 1 ? [points[0], points[0]] : points
}

/**
 * A triangle up buys Up, one down buys Down, a diamond sells; hollow as taker; crossed out when it failed.
 * @param {import('./price-path.d.ts').PathFill} fill
 * @param {import('./price-path.d.ts').PathData} path
 * @param {ReturnType<typeof pathScales>} scales
 */
function marker(fill, path, scales) {
  const color = fill.outcome === 0 ? 'var(--up, #0067a8)' : 'var(--down, #b54708)'
  const shape =
    fill.side === 2
      ? 'M0,-6L6,0L0,6L-6,0Z'
      : fill.outcome === 0
        ? 'M0,-6L5.5,4.5H-5.5Z'
        : 'M0,6L5.5,-4.5H-5.5Z'
  const paint = fill.maker
    ? `fill="${color}" stroke="var(--paper, #fdfdfb)" stroke-width="0.8"`
    : `fill="var(--paper, #fdfdfb)" stroke="${color}" stroke-width="1.8"`
  const ring = fill.gap ? `<circle r="9" fill="none" stroke="${color}" stroke-dasharray="2 2"/>` : ''
  const cross = fill.failed ? '<path d="M-7,-7L7,7M-7,7L7,-7" stroke="currentColor" stroke-width="1.4"/>' : ''
  const x = num(scales.x(fill.t * 1e3))
  const y = num(scales.y(upPrice(fill)))
  return `<g transform="translate(${x},${y})"><title>${fillWords(fill, path)}</title><path d="${shape}" ${paint}/>${ring}${cross}</g>`
}

/** @param {number} value two decimals are finer than a pixel */
function num(value) {
  return Math.round(value * 100) / 100
}
