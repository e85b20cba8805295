import { basename } from 'node:path'
import {
  ABOUT,
  type About,
  createEvent,
  type EventLayout,
  eventLayout,
  type NpyHeader,
  type NpzEvent,
  openNpz,
  readAbout,
  readEvents,
  readNpyHeader,
} from '../hftbacktest/index.ts'
import { type Inference, TapeError } from '../tape/index.ts'

/** Events of some files that follow each other in time. */
export type NpzFiles = {
  readonly rows: number
  /** What a file of ours says about its events; undefined for those of others. */
  about: About | undefined
  /** What was concluded of the times. */
  readonly inferred: Inference[]
  /** Events in the order of the files, their times in ns; one object is filled again for each. */
  read(): AsyncGenerator<{ file: string; row: number; event: NpzEvent }>
}

/**
 * Open npz files of events, in the order of their first local times.
 *
 * @throws TapeError `import.file`, `import.npy`, `import.about`, `import.files` for files of ours that speak of different things
 */
export async function openNpzFiles(files: readonly string[]): Promise<NpzFiles> {
  const found: { file: string; rows: number; first: bigint; unit: TimeUnit }[] = []
  let about: About | undefined
  let told = ''
  for (const [i, file] of files.entries()) {
    const text = await aboutOf(file)
    if (i > 0 && text !== told) {
      throw new TapeError(
        'import.files',
        `${file}: is of another export than ${files[0]}`,
        { file },
        'import the files of one export together, others by themselves',
      )
    }
    told = text
    if (text !== '') about = readAbout(text, file)
    const { header, layout, events } = await openEvents(file)
    let first = 0n
    let unit: TimeUnit = NANOSECONDS
    for await (const { view, events: some } of events) {
      unit = unitOf(view, some, layout)
      first = layout.read(view, 0, createEvent()).local_ns * unit.ns
      break
    }
    found.push({ file, rows: header.rows, first, unit })
  }
  found.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  return {
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    about,
    inferred: found.flatMap(({ file, unit }) => unitTold(file, unit)),
    async *read() {
      const event = createEvent()
      for (const { file, unit } of found) {
        const name = basename(file)
        let row = 0
        const { layout, events: pieces } = await openEvents(file)
        for await (const { view, events } of pieces) {
          for (let i = 0; i < events; i++, row++) {
            layout.read(view, i * layout.bytes, event)
            event.local_ns *= unit.ns
            event.exch_ns *= unit.ns
            yield { file: name, row, event }
          }
        }
      }
    },
  }
}

/** The events of a file, its header read. */
async function openEvents(
  file: string,
): Promise<{ header: NpyHeader; layout: EventLayout; events: ReturnType<typeof readEvents> }> {
  const pieces = await openNpz(file, 'data')
  if (pieces === undefined) {
    throw new TapeError(
      'import.npy',
      `${file}: has no array "data"`,
      { file, field: 'data' },
      'give a file as hftbacktest 2.x writes it: np.savez_compressed(FILE, data=events)',
    )
  }
  let bytes: Uint8Array = new Uint8Array(0)
  for (;;) {
    const { done, value } = await pieces.next()
    if (done === true)
      throw new TapeError('import.npy', `${file}: ends in its header`, { file }, 'copy it again')
    bytes = Buffer.concat([bytes, value])
    const header = readNpyHeader(bytes, file)
    if (header === undefined) continue
    try {
      const layout = eventLayout(header, file)
      const rest = following(bytes.subarray(header.bytes), pieces)
      return { header, layout, events: readEvents(rest, header, file, layout.bytes) }
    } catch (thrown) {
      await pieces.return(undefined)
      throw thrown
    }
  }
}

/** What the times of a file are in, as ns. */
type TimeUnit = { name: string; ns: bigint }
const NANOSECONDS: TimeUnit = { name: 'nanoseconds', ns: 1n }
const UNITS: readonly TimeUnit[] = [
  NANOSECONDS,
  { name: 'microseconds', ns: 1_000n },
  { name: 'milliseconds', ns: 1_000_000n },
  { name: 'seconds', ns: 1_000_000_000n },
]
/** 2000 to 2100, in ns. */
const FROM_NS = 946_684_800n * 1_000_000_000n
const UNTIL_NS = 4_102_444_800n * 1_000_000_000n

/** What most of the first local times of a file are in, by their magnitude; ns where none is a time of these years. */
function unitOf(view: DataView, events: number, layout: EventLayout): TimeUnit {
  const counts = UNITS.map(() => 0)
  const event = createEvent()
  for (let i = 0; i < events; i++) {
    const { local_ns } = layout.read(view, i * layout.bytes, event)
    const at = UNITS.findIndex(({ ns }) => local_ns * ns >= FROM_NS && local_ns * ns < UNTIL_NS)
    if (at >= 0) counts[at]!++
  }
  return UNITS[counts.indexOf(Math.max(...counts))]!
}

function unitTold(file: string, unit: TimeUnit): Inference[] {
  if (unit === NANOSECONDS) return []
  return [
    {
      what: `times of ${basename(file)} are in ${unit.name}`,
      how: 'by their magnitude, which must be of a day between 2000 and 2100; usual are nanoseconds',
      agreement: 'most of the first events',
    },
  ]
}

/** A piece, and those behind it. */
async function* following(first: Uint8Array, rest: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  yield* rest
}

/** Longest text about events: the gaps of a market are in it. */
const ABOUT_MAX = 64 * 1024 * 1024

/** The text that a file of ours has about its events; empty where it has none. */
async function aboutOf(file: string): Promise<string> {
  const pieces = await openNpz(file, ABOUT)
  if (pieces === undefined) return ''
  const found: Uint8Array[] = []
  let length = 0
  for await (const piece of pieces) {
    found.push(piece)
    length += piece.length
    if (length > ABOUT_MAX) break
  }
  const bytes = Buffer.concat(found)
  const header = readNpyHeader(bytes, file)
  return header === undefined ? '' : bytes.subarray(header.bytes).toString('utf8')
}
