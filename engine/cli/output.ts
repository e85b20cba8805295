import Table from 'cli-table3'
import pc from 'picocolors'
import { printable, printableLines } from '../../recorders/printable.ts'
import type { Io } from './io.ts'

/** A cell of a printed table. */
export type Cell = string | number | boolean | null

/** Lines only between head and rows: readable in a log, easy to cut out of one. */
const CHARS = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

/**
 * Print a command's result: the object as one line of JSON, or the text.
 *
 * @param text made only when it is wanted
 */
export function emit(io: Io, json: boolean, value: unknown, text: () => string): void {
  const out = json ? JSON.stringify(value) : printableLines(text(), io.color)
  io.stdout.write(out.endsWith('\n') ? out : `${out}\n`)
}

/** Rows under a head, columns of numbers aligned right. */
export function table(io: Pick<Io, 'color'>, head: readonly string[], rows: readonly Cell[][]): string {
  const colors = pc.createColors(io.color)
  const printed = new Table({
    head: head.map((title) => colors.bold(title)),
    colAligns: head.map((_, i) => (rows.some((row) => typeof row[i] === 'number') ? 'right' : 'left')),
    chars: CHARS,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  for (const row of rows) printed.push(row.map((cell) => (cell === null ? '–' : printable(String(cell)))))
  return trim(printed.toString())
}

/** Names and values, one a line. */
export function list(io: Pick<Io, 'color'>, entries: readonly (readonly [string, Cell])[]): string {
  const colors = pc.createColors(io.color)
  const width = Math.max(0, ...entries.map(([name]) => name.length))
  return entries
    .map(
      ([name, value]) =>
        `${colors.dim(name.padEnd(width))}  ${value === null ? '–' : printable(String(value))}\n`,
    )
    .join('')
}

const trim = (text: string) =>
  `${text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')}\n`
