import { readdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { importClobL2 } from './clob-l2.ts'
import type { ImportReport } from './importer.ts'

/**
 * The dataset that ships with the repository, made from the public recording: windows that start on 15 April 2026 from
 * 12:00 to 15:00 UTC. Whoever has the recording can make it again and compare the dataset hash:
 *
 *     node recorders/import/shipped.ts RECORDING_FOLDER OUT
 */
export const SHIPPED = {
  /** Folder of the dataset. */
  dir: resolve(import.meta.dirname, '../../datasets/btc-5m-2026-04-15'),
  /** Where the recording lies when it is at hand. */
  recording: resolve(import.meta.dirname, '../../../shared/data/clob-l2-btc5m-2026-04'),
  day: '2026-04-15',
  klines: 'btcusdt-perp-1m-2026-04-15.csv',
  from_us: Date.UTC(2026, 3, 15, 12) * 1_000,
  to_us: Date.UTC(2026, 3, 15, 15) * 1_000,
} as const

/** Files of one day of the recording, by hour. */
export async function recordedFiles(recording: string, day: string): Promise<string[]> {
  const names = await readdir(recording)
  const files = names.filter((name) => name.startsWith(`book-${day}T`) && name.endsWith('.parquet'))
  return files.sort().map((name) => join(recording, name))
}

/** Make the shipped dataset from the recording in `recording`. */
export async function importShipped(recording: string, out: string): Promise<ImportReport> {
  return importClobL2(await recordedFiles(recording, SHIPPED.day), {
    out,
    klines: join(recording, SHIPPED.klines),
    from_us: SHIPPED.from_us,
    to_us: SHIPPED.to_us,
  })
}

if (import.meta.main) {
  const [recording = SHIPPED.recording, out = SHIPPED.dir] = process.argv.slice(2)
  console.log(JSON.stringify(await importShipped(recording, out), null, 2))
}
