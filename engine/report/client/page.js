import { fillTable } from './fill-table.js'
import { clockOf, priceWords } from './path-words.js'
import { drawPricePath, pathScales } from './price-path.js'

/**
 * What the page does by itself: draw the chosen window's path at the width at hand, and read values off it by pointer
 * or arrow keys.
 */
const holder = document.getElementById('paths-data')
const chart = document.getElementById('path-chart')
const select = document.getElementById('path-select')
const readout = document.getElementById('path-readout')
const list = document.getElementById('path-fills')

if (holder && chart && select instanceof HTMLSelectElement && readout && list) {
  /** @type {import('./price-path.d.ts').PathData[]} */
  const paths = JSON.parse(holder.textContent ?? '[]')
  const hint = readout.textContent ?? ''
  let width = 0
  /** Index of the point read off, -1 none. */
  let cursor = -1

  const current = () => paths[Number(select.value)]

  const redraw = () => {
    width = Math.max(280, Math.floor(chart.clientWidth))
    chart.innerHTML = drawPricePath(current(), width, 'path')
    list.innerHTML = fillTable(current())
    cursor = -1
    readout.textContent = hint
  }

  /** @param {number} at */
  const read = (at) => {
    const path = current()
    if (path.bucket.length === 0) return
    cursor = Math.max(0, Math.min(path.bucket.length - 1, at))
    const us = (path.bucket[cursor] + 0.5) * path.step
    readout.textContent =
      `${clockOf(path.from + us)} UTC  bid ${priceWords(path.bid[cursor])}  ask ${priceWords(path.ask[cursor])}  ` +
      `q_up ${priceWords(path.q[cursor])}`
    const svg = chart.querySelector('svg')
    if (!svg) return
    svg.querySelector('.cursor')?.remove()
    const { x, bottom } = pathScales(path, width)
    const rule = document.createElementNS('http://www.w3.org/2000/svg', 'path')
    rule.setAttribute('class', 'cursor')
    rule.setAttribute('d', `M${x(us)},26V${bottom}`)
    rule.setAttribute('stroke', 'currentColor')
    svg.append(rule)
  }

  /** @param {number} px from the left of the chart @returns {number} the nearest point */
  const nearest = (px) => {
    const path = current()
    const { x } = pathScales(path, width)
    let best = 0
    for (let i = 1; i < path.bucket.length; i++) {
      const away = (/** @type {number} */ k) => Math.abs(x((path.bucket[k] + 0.5) * path.step) - px)
      if (away(i) < away(best)) best = i
    }
    return best
  }

  select.addEventListener('change', redraw)
  chart.addEventListener('pointermove', (event) => {
    read(nearest(event.clientX - chart.getBoundingClientRect().left))
  })
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    read(cursor < 0 ? 0 : cursor + step)
  })
  new ResizeObserver(() => {
    if (Math.abs(chart.clientWidth - width) > 1) redraw()
  }).observe(chart)
  redraw()
}
