import { join } from 'node:path'
import { capture } from '../../engine/cli/capture.ts'
import { runCli } from '../../engine/cli/run.ts'
import { fence } from './markdown.ts'
import { ROOT, readPage } from './pages.ts'

/** Worked queries by the name of their file in `docs/queries`, in the order of the page. */
export const QUERIES = [
  ['spread-by-minute', 'Spread by minute'],
  ['price-path', 'A window second by second'],
  ['oracle-lag', 'The oracle’s lag behind Binance'],
  ['imbalance-and-outcome', 'Imbalance before the end, against the outcome'],
  ['depth-within-ticks', 'Depth around the touch'],
  ['trade-markouts', 'Trades against the mid afterwards'],
  ['crossed-books', 'Books that are locked or crossed'],
  ['busiest-markets', 'The busiest markets'],
  ['gaps-by-hour', 'Silences by hour'],
  ['settlement-and-book', 'Settlement against the book’s last word'],
] as const

/** Rows of a sample. */
const SAMPLE_ROWS = 6

/** The text of a query's file. */
export function queryText(name: string): string {
  return readPage(`docs/queries/${name}.sql`)
}

/** Block of `sql.md`: each query with what it is about, its text, and how its result on the shipped dataset begins. */
export async function workedQueries(): Promise<string> {
  const parts: string[] = []
  for (const [name, title] of QUERIES) {
    const { about, sql } = split(queryText(name))
    const { io, out, err } = capture({ cwd: ROOT })
    const words = ['sql', join('docs', 'queries', `${name}.sql`), '--limit', String(SAMPLE_ROWS)]
    if ((await runCli(words, io)) !== 0) throw new Error(`${name}: ${err()}`)
    const source = `\`npx engine sql docs/queries/${name}.sql\``
    parts.push(`### ${title}\n\n${about}\n\n${fence('sql', sql)}\n\n${source}\n\n${fence('text', out())}`)
  }
  return parts.join('\n\n')
}

/** The comment at the beginning as a paragraph, and the statement. */
function split(text: string): { about: string; sql: string } {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => !line.startsWith('--'))
  const about = lines.slice(0, first).map((line) => line.replace(/^-- ?/, ''))
  return { about: about.join('\n'), sql: lines.slice(first).join('\n') }
}
