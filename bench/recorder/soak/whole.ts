import { createNormaliser } from '../../../recorders/normalise/index.ts'
import { openRecording, readRaw } from '../../../recorders/recording/index.ts'
import { type Gap, readColumns, readSide, verifyDataset } from '../../../recorders/tape/index.ts'

/** What a stopped recording holds, every hash checked. */
export type Whole = {
  days: number
  rows: number
  /** Rows that a fresh normaliser makes of the raw journals. */
  rows_again: number
  gaps: Gap[]
  /** Health of feeds: `feed event` to how often it was told, and the sum of the figures beside it. */
  health: Record<string, { count: number; value: number }>
}

/**
 * Read a recording whole, and make its rows again.
 *
 * @throws TapeError for whatever is damaged
 */
export async function readWhole(dir: string): Promise<Whole> {
  const whole: Whole = { days: 0, rows: 0, rows_again: await rowsAgain(dir), gaps: [], health: {} }
  const recording = await openRecording(dir)
  try {
    for (const dataset of [...recording.days, ...recording.tails]) {
      whole.days++
      await verifyDataset(dataset.dir)
      for await (const columns of readColumns(dataset, { cache: false })) whole.rows += columns.length
      whole.gaps.push(...dataset.gaps)
      for await (const { feed, event, value } of readSide(dataset, 'feed_health')) {
        const name = `${feed} ${event}`
        whole.health[name] ??= { count: 0, value: 0 }
        whole.health[name].count++
        whole.health[name].value += Number(value)
      }
    }
  } finally {
    await recording.close()
  }
  return whole
}

/** How many rows come of the journals, read from their beginning without the states that stand in between. */
async function rowsAgain(dir: string): Promise<number> {
  const normaliser = createNormaliser()
  let day = ''
  await readRaw(dir, (record) => {
    const { wall_us, mono_us } = record
    const today = new Date(wall_us / 1_000).toISOString().slice(0, 10)
    if (today !== day) {
      normaliser.drain()
      // A day's tape begins by saying how things stand; the first has nothing to say.
      normaliser.restate({ wall_us, mono_us })
      day = today
    }
    normaliser.take(record)
    if (normaliser.columns.length >= BATCH) normaliser.drain()
  })
  return normaliser.made().rows
}

const BATCH = 4_096
