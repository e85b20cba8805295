import { clockOf, priceWords } from './path-words.js'

/**
 * The fills of one window as a table.
 * @param {import('./price-path.d.ts').PathData} path
 * @returns {string} HTML
 */
export function fillTable(path) {
  if (path.fills.length === 0) return '<p class="empty">No fill in this window.</p>'
  const rows = path.fills.map((fill) => {
    const notes = [fill.gap ? 'after a gap' : '', fill.failed ? 'failed' : '']
      .filter((n) => n !== '')
      .join(', ')
    return (
      `<tr><th scope="row">${clockOf(path.from + fill.t * 1e3)}</th><td>${fill.side === 2 ? 'sells' : 'buys'}</td>` +
      `<td>${fill.outcome === 0 ? 'Up' : 'Down'}</td><td class="n">${priceWords(fill.price)}</td>` +
      `<td class="n">${fill.size}</td><td>${fill.maker ? 'maker' : 'taker'}</td><td>${notes}</td></tr>`
    )
  })
  const more = path.more > 0 ? `<p>${path.more} later fills of this window are in fills.parquet.</p>` : ''
  return (
    '<div class="scroll" tabindex="0" role="region" aria-label="Fills of the window"><table><thead><tr>' +
    '<th scope="col">time, UTC</th><th scope="col">side</th><th scope="col">token</th><th scope="col" class="n">price</th>' +
    '<th scope="col" class="n">shares</th><th scope="col">as</th><th scope="col">note</th></tr></thead>' +
    `<tbody>${rows.join('')}</tbody></table></div>${more}`
  )
}
