import type { DuckDBValue } from '@duckdb/node-api'
import type { Rows } from './rows.ts'
import { jsonOf, textOf } from './values.ts'

/** RFC 4180: a head, lines that end in CR LF, quotes where they are needed. NULL is nothing, the empty text is `""`. */
export async function* csv(rows: Rows): AsyncGenerator<string> {
  yield line(rows.names.map(quoted))
  for await (const batch of rows.batches()) yield batch.map((row) => line(row.map(cell))).join('')
}

/** One array of objects, a row a line; of columns with one name the later ones are numbered. */
export async function* json(rows: Rows): AsyncGenerator<string> {
  const keys = rows.names.map((name) => `${JSON.stringify(name)}:`)
  let before = '['
  for await (const batch of rows.batches()) {
    yield batch
      .map((row) => {
        const text = `${before}\n{${row.map((value, i) => keys[i] + jsonOf(value)).join(',')}}`
        before = ','
        return text
      })
      .join('')
  }
  yield before === '[' ? '[]\n' : '\n]\n'
}

function cell(value: DuckDBValue): string {
  return value === null ? '' : quoted(textOf(value))
}

function quoted(text: string): string {
  return text === '' || /["\r\n,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

function line(cells: readonly string[]): string {
  return `${cells.join(',')}\r\n`
}
