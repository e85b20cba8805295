import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import type { Micros } from '../../core/units/index.ts'
import { below, readPlain } from '../files/index.ts'
import { FILE_BYTES } from '../limits.ts'
import type { Dataset } from './dataset.ts'
import { TapeError } from './errors.ts'
import { readSide, sideNames } from './side.ts'
import type { DatasetWriter } from './writer.ts'

/** Which rows of side tables to take over, and what becomes of the indexes in them. */
export type SideCopy = {
  dataset: Dataset
  /** New index of a market and of an instrument; −1: it is not taken over, nor are rows about it. */
  market(index: number): number
  instrument(index: number): number
  from_us: Micros
  to_us: Micros
}

/** For each table the new number of each row, by its old one; −1 for rows that are not taken over. */
export type SideNumbers = Record<string, number[]>

/**
 * Write the side tables of one or more datasets, each table as one file.
 *
 * @returns for each dataset where its rows are now
 */
export async function copySides(
  copies: readonly SideCopy[],
  writer: DatasetWriter,
  signal?: AbortSignal,
): Promise<SideNumbers[]> {
  const names = [...new Set(copies.flatMap(({ dataset }) => sideNames(dataset)))].sort()
  const numbers: SideNumbers[] = copies.map(() => ({}))
  for (const name of names) {
    const out = createWriteStream(writer.attach(`side-${name}.jsonl`))
    try {
      let count = 0
      for (const [i, copy] of copies.entries()) {
        const list: number[] = []
        numbers[i]![name] = list
        for await (const row of readSide(copy.dataset, name)) {
          signal?.throwIfAborted()
          const moved = taken(row, copy)
          list.push(moved === null ? -1 : count++)
          if (moved !== null && !out.write(`${JSON.stringify(moved)}\n`)) await once(out, 'drain')
        }
      }
    } finally {
      out.end()
      await once(out, 'close')
    }
  }
  return numbers
}

function taken(row: Record<string, unknown>, copy: SideCopy): Record<string, unknown> | null {
  const { local_us, market, instrument } = row
  if (typeof local_us === 'number' && (local_us < copy.from_us || local_us >= copy.to_us)) return null
  let moved = row
  for (const [field, index, map] of [
    ['market', market, copy.market],
    ['instrument', instrument, copy.instrument],
  ] as const) {
    if (typeof index !== 'number') continue
    const to = map(index)
    if (to < 0) return null
    if (to !== index) moved = { ...moved, [field]: to }
  }
  return moved
}

/** Names of files that every dataset has, or that are made anew. */
const OWN = /\.(parquet|arrow|jsonl)$|^(instruments|resolutions|gaps)(-\d+)?\.json$/

/** Take over what else travels with the data, such as its licence. Of two files of one name the second gets another. */
export async function copyAttachments(datasets: readonly Dataset[], writer: DatasetWriter): Promise<void> {
  const seen = new Map<string, string[]>()
  for (const { dir, manifest } of datasets) {
    for (const { path, sha256 } of manifest.files) {
      if (OWN.test(path)) continue
      const hashes = seen.get(path) ?? []
      if (hashes.includes(sha256)) continue
      hashes.push(sha256)
      seen.set(path, hashes)
      const name = hashes.length === 1 ? path : path.replace(/(\.[^.]*)?$/, `-${hashes.length}$1`)
      await writeFile(writer.attach(name), await attachment(below(dir, path), sha256), { flag: 'wx' })
    }
  }
}

/** A file that travels with a dataset: the one that its manifest means, and no other that stands in its place. */
async function attachment(file: string, sha256: string): Promise<Buffer> {
  const bytes = await readPlain(file, FILE_BYTES.manifest)
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes
  throw new TapeError(
    'tape.file_hash',
    `${file}: is not the file that the manifest describes`,
    { file, field: 'files.sha256' },
    'restore the file from its source',
  )
}
