import type { View } from '../../recorders/sql/index.ts'

/** What the Tab key offers: dot commands, views, their columns, words of SQL. */

const COMMANDS = ['.views', '.schema', '.format', '.help', '.quit']
const KEYWORDS = [
  'SELECT',
  'FROM',
  'WHERE',
  'GROUP BY',
  'ORDER BY',
  'LIMIT',
  'JOIN',
  'ASOF JOIN',
  'LEFT JOIN',
  'USING',
  'ON',
  'AND',
  'OR',
  'NOT',
  'NULL',
  'IS',
  'IN',
  'BETWEEN',
  'LIKE',
  'CASE',
  'WHEN',
  'THEN',
  'ELSE',
  'END',
  'AS',
  'WITH',
  'DISTINCT',
  'HAVING',
  'OVER',
  'PARTITION BY',
  'QUALIFY',
  'UNION ALL',
  'DESC',
  'ASC',
  'FILTER',
  'DESCRIBE',
  'SUMMARIZE',
  'count(*)',
  'avg(',
  'sum(',
  'min(',
  'max(',
  'median(',
  'quantile_cont(',
  'time_bucket(',
  'epoch_us(',
  'date_trunc(',
] as const

/**
 * Completions of the word at the end of a line: after `view.` that view's columns, else everything that begins so.
 *
 * @returns the completions, and the word that they complete
 */
export function completer(views: readonly View[]): (line: string) => [string[], string] {
  const names = views.map((view) => view.name)
  const columns = [...new Set(views.flatMap((view) => view.columns.map((column) => column.name)))].sort()
  return (line) => {
    const word = /[\w.]*$/.exec(line)![0]
    if (/^\s*\.\w*$/.test(line)) return [beginning(COMMANDS, word), word]
    if (/^\s*\.schema\s/.test(line)) return [beginning(names, word), word]
    const dot = word.lastIndexOf('.')
    if (dot >= 0) {
      const view = views.find(({ name }) => name === word.slice(0, dot).toLowerCase())
      const own = view?.columns.map(({ name }) => `${word.slice(0, dot)}.${name}`) ?? []
      return [beginning(own, word), word]
    }
    return [beginning([...names, ...columns, ...KEYWORDS], word), word]
  }
}

function beginning(words: readonly string[], start: string): string[] {
  const low = start.toLowerCase()
  return [...new Set(words.filter((word) => word.toLowerCase().startsWith(low)))]
}
