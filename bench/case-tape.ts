import { COLUMNS } from '../core/events/index.ts'
import { type BenchOptions, entry, loadNow, type Outcome } from './entry.ts'
import { measure } from './figure.ts'
import { madeTape } from './tapes.ts'

/**
 * Reading: the rows of an Arrow dataset into the core's columns, from a page cache that holds the file. Every value of
 * every column is added up, so that nothing can be left unread; that is part of the time.
 */
export async function tapeCase({ events, runs, dir }: BenchOptions): Promise<Outcome> {
  const load_before = loadNow()
  const { tape, facts } = await madeTape(dir, events)
  const { units: _, ...figure } = await measure(runs, async (watch) => {
    const sums = COLUMNS.map(() => 0)
    let rows = 0
    watch.start()
    for await (const columns of tape.read()) {
      rows += columns.length
      COLUMNS.forEach(([name, type], i) => {
        const column = columns[name]
        if (type === 'f64') sums[i]! += sumOfReals(column as Float64Array, columns.length)
        else if (type === 'u32') sums[i]! += sumOfWords(column as Uint32Array, columns.length)
        else sums[i]! += sumOfBytes(column as Uint8Array, columns.length)
      })
    }
    watch.stop()
    return { units: rows, result: { rows, sums } }
  })
  return {
    entries: [
      entry({
        name: 'tape',
        what: 'rows of an Arrow dataset into columns, every value added up; page cache warm',
        unit: 'rows/s',
        ...figure,
        bound: { value: 20_000_000, is: 'at_least' },
        tape: facts.name,
        load_before,
      }),
    ],
    tapes: [facts],
  }
}

// One function a type: one that took all three would be slow for each.
function sumOfReals(column: Float64Array, length: number): number {
  let sum = 0
  for (let row = 0; row < length; row++) sum += column[row]!
  return sum
}

function sumOfWords(column: Uint32Array, length: number): number {
  let sum = 0
  for (let row = 0; row < length; row++) sum += column[row]!
  return sum
}

function sumOfBytes(column: Uint8Array, length: number): number {
  let sum = 0
  for (let row = 0; row < length; row++) sum += column[row]!
  return sum
}
