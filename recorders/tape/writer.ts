import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Columns, Instruments, Resolution } from '../../core/events/index.ts'
import { below, discard, stage } from '../files/index.ts'
import { type ArrowWriter, createArrowFile } from './arrow-writer.ts'
import { canonicalJson, createContentHash } from './content-hash.ts'
import { sha256Of } from './dataset.ts'
import { TapeError } from './errors.ts'
import { checkSideFigures } from './figures.ts'
import { summariseGaps } from './gaps.ts'
import { type Gap, type Manifest, parseManifest, SCHEMA_VERSION } from './manifest.ts'
import { profileHash } from './profile.ts'
import { createRowCheck } from './row-check.ts'
import { checkSides, type SideFiles } from './side-check.ts'
import { createTally } from './tally.ts'

/** What is known of a dataset before its first row. */
export type DatasetHead = Pick<
  Manifest,
  'source' | 'licence' | 'attribution' | 'created_by' | 'reference_profile' | 'carries'
>
/** What is known of a dataset after its last row. */
export type DatasetTail = Pick<Manifest, 'assignment' | 'windows' | 'inferred' | 'refused' | 'made_of'> & {
  /** In place of the one in the head, where the rows themselves say what fits them. */
  reference_profile?: Manifest['reference_profile']
  instruments: Instruments
  resolutions: Resolution[]
  gaps: Gap[]
  /** Texts that travel with the data, such as its licence: file name to content. */
  attachments?: Record<string, string>
}
export type DatasetOptions = {
  /** Form of the tape files. Parquet ships; Arrow is quicker to write and larger. Default `parquet`. */
  format?: 'parquet' | 'arrow'
  /** Rows of one tape file: bounds the memory of the conversion. Default 2,097,152. */
  segment_rows?: number
  /** Told how many of the rows appended so far are in the form of the files, after each append and while they are turned into it: all of them in the end. */
  archived?: (rows: number, of: number) => void
}
export type DatasetWriter = {
  /** Append rows `from` to `to` of a chunk in tape order; they are copied. Await each call. */
  append(columns: Columns, from?: number, to?: number): Promise<void>
  /** Where to write a file that is to travel with the data; complete before {@link finish}. */
  attach(name: string): string
  /** Complete the dataset and put it in its place in one step. */
  finish(tail: DatasetTail): Promise<Manifest>
  /** Give up and leave nothing. Harmless after `finish`. */
  abort(): Promise<void>
}

const SEGMENT_ROWS = 2_097_152

/**
 * Write a dataset: rows stream to Arrow segments in constant memory, are hashed on the way and converted at the end.
 * Everything is made in a folder beside `out` and renamed, so that `out` is whole or absent.
 *
 * @param out folder to make; it must not exist, or be empty
 * @throws TapeError `tape.exists`; from `append` `tape.order` and `tape.value`; from `finish` `tape.empty`, `tape.manifest`,
 * `tape.counts` and `tape.side_value`
 */
export async function createDataset(
  out: string,
  head: DatasetHead,
  options: DatasetOptions = {},
): Promise<DatasetWriter> {
  const dir = resolve(out)
  await refuseOccupied(dir)
  const place = await stage(dir)
  const staging = place.path
  await mkdir(staging)
  const tape = createTape(staging, options)
  let open = true
  const attached: string[] = []
  async function abort(): Promise<void> {
    if (!open) return
    open = false
    await tape.abort()
    await place.drop()
  }
  return {
    append: (columns, from = 0, to = columns.length) => tape.append(columns, from, to),
    abort,
    attach(name) {
      attached.push(name)
      return below(staging, name)
    },
    async finish(tail) {
      try {
        const { files, figures, dataset_hash } = await tape.finish(tail, dir)
        const texts: Record<string, string> = {
          'instruments.json': `${canonicalJson(tail.instruments)}\n`,
          'resolutions.json': `${canonicalJson(tail.resolutions)}\n`,
          'gaps.json': `${canonicalJson(tail.gaps)}\n`,
          ...tail.attachments,
        }
        for (const path of Object.keys(texts)) {
          await writeFile(below(staging, path), texts[path]!, { flag: 'wx' })
          files.push(await fileEntry(staging, path, 0))
        }
        for (const path of attached) files.push(await fileEntry(staging, path, 0))
        const { assignment, windows, inferred, refused, made_of } = tail
        // What the rows showed comes before what was thought of them beforehand.
        const known = { ...head, reference_profile: tail.reference_profile ?? head.reference_profile }
        const { series, assets, time_range, counts } = figures
        const manifest: Manifest = {
          schema_version: SCHEMA_VERSION,
          dataset_hash,
          profile_hash: profileHash({ ...known, assignment }),
          ...known,
          series,
          assets,
          assignment,
          time_range,
          counts,
          windows,
          gaps: summariseGaps(tail.gaps),
          inferred,
          refused,
          ...(made_of !== undefined && { made_of }),
          files,
        }
        const text = `${JSON.stringify(manifest, null, 2)}\n`
        parseManifest(text, join(dir, 'manifest.json'))
        checkSideFigures(manifest, tail, join(dir, 'manifest.json'))
        checkSides(tail.instruments, tail.resolutions, tail.gaps, sideFilesOf(dir))
        await writeFile(join(staging, 'manifest.json'), text)
        await refuseOccupied(dir)
        await place.keep()
        open = false
        return manifest
      } catch (thrown) {
        await abort()
        throw thrown
      }
    },
  }
}

/** The tape files alone: rows to Arrow segments, segments to the archive form. */
function createTape(
  staging: string,
  { format = 'parquet', segment_rows = SEGMENT_ROWS, archived }: DatasetOptions,
) {
  const hash = createContentHash()
  const check = createRowCheck(null)
  const tally = createTally()
  const files: Manifest['files'] = []
  let before = 0
  let segment: { writer: ArrowWriter; name: string; rows: number } | undefined

  async function startSegment() {
    const name = `tape-${String(files.length).padStart(5, '0')}`
    return { writer: await createArrowFile(below(staging, `${name}.arrow`)), name, rows: 0 }
  }
  async function closeSegment(): Promise<void> {
    if (segment === undefined) return
    const { writer, name, rows: count } = segment
    await writer.finish()
    segment = undefined
    if (format === 'parquet') {
      const { arrowToParquet } = await import('./parquet.ts')
      const tell = archived && ((rows: number) => archived(before + Math.min(rows, count), tally.rows))
      await arrowToParquet(
        below(staging, `${name}.arrow`),
        below(staging, `${name}.parquet`),
        undefined,
        tell,
      )
      await discard(below(staging, `${name}.arrow`))
    }
    before += count
    archived?.(before, tally.rows)
    files.push(await fileEntry(staging, `${name}.${format}`, count))
  }

  return {
    async append(columns: Columns, from: number, to: number): Promise<void> {
      if (to <= from) return
      check.check(columns, from, to, staging)
      hash.update(columns, from, to)
      tally.add(columns, from, to)
      for (let i = from; i < to; ) {
        segment ??= await startSegment()
        const end = Math.min(to, i + segment_rows - segment.rows)
        await segment.writer.append(columns, i, end)
        segment.rows += end - i
        i = end
        if (segment.rows === segment_rows) await closeSegment()
      }
      archived?.(before, tally.rows)
    },
    async finish(tail: DatasetTail, dir: string) {
      if (tally.rows === 0) {
        throw new TapeError(
          'tape.empty',
          `${dir}: there is not one row`,
          { file: dir },
          'check the range and the inputs',
        )
      }
      check.finish(tail.instruments, dir)
      await closeSegment()
      return {
        files,
        dataset_hash: hash.digest(tail.instruments, tail.resolutions),
        figures: tally.figures(tail.instruments),
      }
    },
    async abort(): Promise<void> {
      await segment?.writer.abort()
      segment = undefined
    },
  }
}

function sideFilesOf(dir: string): SideFiles {
  return {
    instruments: join(dir, 'instruments.json'),
    resolutions: join(dir, 'resolutions.json'),
    gaps: join(dir, 'gaps.json'),
  }
}

/** A file of a folder as a manifest lists it. */
export async function fileEntry(dir: string, path: string, rows: number): Promise<Manifest['files'][number]> {
  const file = below(dir, path)
  return { path, sha256: await sha256Of(file), bytes: (await stat(file)).size, rows }
}

/** Whatever is at `dir` already is somebody's: only nothing, or an empty folder, gives way. */
async function refuseOccupied(dir: string): Promise<void> {
  const found = await stat(dir).catch(() => undefined)
  if (found === undefined || (found.isDirectory() && (await readdir(dir)).length === 0)) return
  throw new TapeError(
    'tape.exists',
    `${dir}: there is something at that path already`,
    { file: dir },
    'remove it or name another folder',
  )
}
