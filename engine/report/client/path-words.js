/** What stands on a price path, in words. Prices are ticks of 1e-4, times µs since the epoch. */

/**
 * @param {import('./price-path.d.ts').PathFill} fill
 * @param {import('./price-path.d.ts').PathData} path
 */
export function fillWords(fill, path) {
  const verb = fill.side === 2 ? 'sells' : 'buys'
  const more = `${fill.gap ? ', granted after a gap' : ''}${fill.failed ? ', failed later' : ''}`
  return `${clockOf(path.from + fill.t * 1e3)} ${verb} ${fill.size} ${fill.outcome === 0 ? 'Up' : 'Down'} at ${priceWords(fill.price)} as ${fill.maker ? 'maker' : 'taker'}${more}`
}

/** @param {number} ticks -1 where there is none */
export function priceWords(ticks) {
  return ticks < 0 ? '–' : (ticks / 10000).toFixed(4).replace(/0{1,2}$/, '')
}

/** @param {number} us since the epoch @returns {string} `12:05:00` */
export function clockOf(us) {
  return new Date(Math.floor(us / 1e3)).toISOString().slice(11, 19)
}

/** @param {string} text */
export function escapeText(text) {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
}
