/**
 * Cells of one line of a table whose cells may be quoted: `a,"b,""c""",d`. A quote inside a quoted cell is doubled.
 *
 * @returns undefined where quotes are not closed, or text stands behind them
 */
export function quotedCells(line: string): string[] | undefined {
  const cells: string[] = []
  let at = 0
  for (;;) {
    if (line[at] === '"') {
      let cell = ''
      for (at++; ; ) {
        const quote = line.indexOf('"', at)
        if (quote < 0) return undefined
        cell += line.slice(at, quote)
        at = quote + 1
        if (line[at] !== '"') break
        cell += '"'
        at++
      }
      cells.push(cell)
      if (at < line.length && line[at] !== ',') return undefined
    } else {
      const comma = line.indexOf(',', at)
      const end = comma < 0 ? line.length : comma
      cells.push(line.slice(at, end))
      at = end
    }
    if (at >= line.length) return cells
    at++
  }
}
