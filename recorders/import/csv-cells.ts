/** Cells of one line of a table, or of several where a quoted cell has line ends inside (RFC 4180). */
export type CellReader = {
  /**
   * Take a line without its end.
   *
   * @returns the cells of the row that it completes; `open` where a quoted cell goes on in the next line; `bad` where text
   * stands behind a closed quote
   */
  take(line: string): string[] | 'open' | 'bad'
  /** Characters of the row at hand, while one is open. */
  readonly held: number
}

/** A reader at the beginning of a row. A quote inside a quoted cell is doubled: `a,"b,""c""",d`. */
export function createCellReader(): CellReader {
  let cells: string[] = []
  /** Pieces of the quoted cell that is open. */
  let pieces: string[] | undefined
  let held = 0

  /** The rest of a quoted cell: where it ends in the line, or −1 where it goes on. */
  function quoted(line: string, from: number, into: string[]): number {
    for (let at = from; ; ) {
      const quote = line.indexOf('"', at)
      if (quote < 0) {
        into.push(line.slice(at))
        return -1
      }
      into.push(line.slice(at, quote))
      if (line[quote + 1] !== '"') return quote + 1
      into.push('"')
      at = quote + 2
    }
  }

  function done(): string[] {
    const found = cells
    cells = []
    pieces = undefined
    held = 0
    return found
  }

  return {
    get held() {
      return held
    },
    take(line) {
      // The usual line has no quote.
      if (pieces === undefined && !line.includes('"')) return line.split(',')
      held += line.length + 1
      let at = 0
      pieces?.push('\n')
      for (;;) {
        if (pieces !== undefined || line[at] === '"') {
          const into = pieces ?? []
          const end = quoted(line, pieces === undefined ? at + 1 : at, into)
          pieces = into
          if (end < 0) return 'open'
          cells.push(into.join(''))
          pieces = undefined
          if (end < line.length && line[end] !== ',') {
            done()
            return 'bad'
          }
          at = end
        } else {
          const comma = line.indexOf(',', at)
          const end = comma < 0 ? line.length : comma
          cells.push(line.slice(at, end))
          at = end
        }
        if (at >= line.length) return done()
        at++
      }
    },
  }
}
