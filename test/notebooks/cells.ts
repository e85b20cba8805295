import { readFileSync } from 'node:fs'

/** Notebooks as they are stored: https://nbformat.readthedocs.io/en/latest/format_description.html */

/** One output of a cell. */
export type Output = {
  output_type: 'stream' | 'display_data' | 'execute_result' | 'error'
  name?: 'stdout' | 'stderr'
  text?: string | string[]
  data?: Record<string, string | string[]>
}

/** One cell. */
export type Cell = {
  cell_type: 'code' | 'markdown'
  source: string | string[]
  execution_count?: number | null
  outputs?: Output[]
}

/** The cells of a stored notebook. */
export function cellsOf(notebook: string): Cell[] {
  return (JSON.parse(readFileSync(notebook, 'utf8')) as { cells: Cell[] }).cells
}

/** Cells of code alone. */
export function codeCells(sources: readonly string[]): Cell[] {
  return sources.map((source) => ({ cell_type: 'code', source, execution_count: null, outputs: [] }))
}

/** A text that notebooks store whole or by lines. */
export function textOf(text: string | string[] | undefined): string {
  return Array.isArray(text) ? text.join('') : (text ?? '')
}
