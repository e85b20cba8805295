import { mkdir, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Columns, Resolution } from '../../../core/events/index.ts'
import { Rng } from '../../../core/random/index.ts'
import type { Micros } from '../../../core/units/index.ts'
import {
  canonicalJson,
  countWindows,
  createArrowFile,
  createContentHash,
  createTally,
  type Manifest,
  profileHash,
  sha256Of,
  summariseGaps,
} from '../../../recorders/tape/index.ts'
import type { Tape } from '../tape.ts'
import { flip, perturb } from './perturb.ts'
import { rowSource } from './row-source.ts'

/** What stands after a moment in an unfolding dataset: nothing, or another future. */
export type Future = 'cut' | 'perturbed'

/** Rows of another future that stand after a moment. */
const TAIL_ROWS = 8_192
/** Rows of a batch: small enough that a reader holds little of what it has not been told to read. */
const BATCH_ROWS = 8_192
const STREAM = 29

/**
 * A dataset folder that knows no more than the moment it stands at: it grows as a recording does, and whoever opens it,
 * by whatever way, finds nothing of what really comes.
 */
export type Unfolding = {
  readonly dir: string
  /**
   * Move to the moment of a decision.
   *
   * @param event rows seen before the decision
   * @param time_us its time
   * @returns rows of the real tape that the folder now holds
   */
  reveal(event: number, time_us: Micros): Promise<number>
  /** Move to the end of the tape. */
  revealAll(): Promise<number>
  close(): Promise<void>
}

/**
 * Begin an unfolding dataset; the folder is made with its first moment.
 *
 * @param seed of the other futures
 */
export async function unfold(dir: string, tape: Tape, future: Future, seed: number): Promise<Unfolding> {
  const source = rowSource(tape)
  const rng = Rng.create(seed, STREAM)
  const hash = createContentHash()
  const resolutions = resolutionsOf(tape)
  const files: Manifest['files'] = []
  const tally = createTally()
  let rows = 0
  await mkdir(dir, { recursive: true })

  async function grow(to: number): Promise<void> {
    if (to <= rows) return
    const name = tapeName(files.length)
    const writer = await createArrowFile(join(dir, name), BATCH_ROWS)
    const before = rows
    try {
      for await (const columns of source.take(to)) {
        await writer.append(columns, 0, columns.length)
        hash.update(columns)
        tally.add(columns, 0, columns.length)
        rows += columns.length
      }
      await writer.finish()
    } catch (thrown) {
      await writer.abort()
      throw thrown
    }
    files.push(await entryOf(dir, name, rows - before))
  }

  /** The rows after this moment, as they will not come. */
  async function tail(): Promise<Columns | null> {
    if (future === 'cut') return null
    const next = await source.peek(TAIL_ROWS)
    if (next.length === 0) return null
    perturb(next, rng)
    return next
  }

  async function publish(time_us: Micros): Promise<void> {
    const other = await tail()
    const all = [...files]
    const digest = hash.copy()
    if (other !== null) {
      const name = tapeName(files.length)
      const writer = await createArrowFile(join(dir, name), BATCH_ROWS)
      await writer.append(other, 0, other.length)
      await writer.finish()
      digest.update(other)
      all.push(await entryOf(dir, name, other.length))
    }
    const known = resolutions.filter((one) => one.known_us <= time_us)
    const later = future === 'cut' ? [] : flip(resolutions.filter((one) => one.known_us > time_us))
    const outcomes = [...known, ...later]
    const gaps = tape.gaps.filter((gap) => gap.to_us <= time_us)
    for (const [name, value] of [
      ['instruments.json', tape.instruments],
      ['resolutions.json', outcomes],
      ['gaps.json', gaps],
    ] as const) {
      await writeFile(join(dir, name), `${canonicalJson(value)}\n`)
      all.push(await entryOf(dir, name, 0))
    }
    const { manifest } = tape.datasets[0]!
    const counted = tally.figures(tape.instruments)
    const all_rows = createTally(counted)
    if (other !== null) all_rows.add(other, 0, other.length)
    const decisive = {
      reference_profile: tape.profile,
      carries: { ...manifest.carries, trades: tape.prints },
      assignment: manifest.assignment,
    }
    const now: Manifest = {
      ...manifest,
      ...decisive,
      profile_hash: profileHash(decisive),
      dataset_hash: digest.digest(tape.instruments, outcomes),
      ...all_rows.figures(tape.instruments),
      windows: countWindows(tape.instruments.markets.length, outcomes),
      gaps: summariseGaps([...gaps]),
      refused: [],
      files: all,
    }
    // Whole or as it was before: a reader may come at any time.
    await writeFile(join(dir, 'manifest.json.part'), `${JSON.stringify(now, null, 2)}\n`)
    await rename(join(dir, 'manifest.json.part'), join(dir, 'manifest.json'))
  }

  return {
    dir,
    async reveal(event, time_us) {
      await grow(await source.boundary(event, time_us))
      await publish(time_us)
      return rows
    },
    async revealAll() {
      await grow(tape.rows)
      await publish(Number.POSITIVE_INFINITY)
      return rows
    },
    close: () => source.close(),
  }
}

/** Outcomes of all datasets, by the markets of the tape. */
function resolutionsOf({ datasets, instruments }: Tape): Resolution[] {
  return datasets.flatMap((dataset) =>
    dataset.resolutions.map((one) => {
      const { slug } = dataset.instruments.markets[one.market]!
      return { ...one, market: instruments.markets.findIndex((market) => market.slug === slug) }
    }),
  )
}

async function entryOf(dir: string, path: string, rows: number): Promise<Manifest['files'][number]> {
  const file = join(dir, path)
  return { path, sha256: await sha256Of(file), bytes: (await stat(file)).size, rows }
}

function tapeName(index: number): string {
  return `tape-${String(index).padStart(5, '0')}.arrow`
}
