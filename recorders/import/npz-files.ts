import { basename } from 'node:path'
import {
  ABOUT,
  type About,
  assertEvents,
  createEvent,
  EVENT_BYTES,
  type NpyHeader,
  type NpzEvent,
  openNpz,
  readAbout,
  readEvent,
  readEvents,
  readNpyHeader,
} from '../hftbacktest/index.ts'
import { TapeError } from '../tape/index.ts'

/** Events of some files that follow each other in time. */
export type NpzFiles = {
  readonly rows: number
  /** What a file of ours says about its events; undefined for those of others. */
  about: About | undefined
  /** Events in the order of the files; one object is filled again for each. */
  read(): AsyncGenerator<{ file: string; row: number; event: NpzEvent }>
}

/**
 * Open npz files of events, in the order of their first local times.
 *
 * @throws TapeError `import.file`, `import.npy`, `import.about`, `import.files` for files of ours that speak of different things
 */
export async function openNpzFiles(files: readonly string[]): Promise<NpzFiles> {
  const found: { file: string; rows: number; first: bigint }[] = []
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
    const { header, events } = await openEvents(file)
    let first = 0n
    for await (const { view } of events) {
      first = readEvent(view, 0, createEvent()).local_ns
      break
    }
    found.push({ file, rows: header.rows, first })
  }
  found.sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0))
  return {
    rows: found.reduce((sum, { rows }) => sum + rows, 0),
    about,
    async *read() {
      const event = createEvent()
      for (const { file } of found) {
        const name = basename(file)
        let row = 0
        for await (const { view, events } of (await openEvents(file)).events) {
          for (let i = 0; i < events; i++, row++)
            yield { file: name, row, event: readEvent(view, i * EVENT_BYTES, event) }
        }
      }
    },
  }
}

/** The events of a file, its header read. */
async function openEvents(
  file: string,
): Promise<{ header: NpyHeader; events: ReturnType<typeof readEvents> }> {
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
      assertEvents(header, file)
    } catch (thrown) {
      await pieces.return(undefined)
      throw thrown
    }
    return { header, events: readEvents(following(bytes.subarray(header.bytes), pieces), header, file) }
  }
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
