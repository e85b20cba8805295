import { basename } from 'node:path'
import type { Micros } from '../../core/units/index.ts'
import type { Inference } from '../tape/index.ts'
import { arrange, type InTime } from './in-time.ts'
import { readLines, type TextLine } from './text-file.ts'

/** Some lines of one file. */
export type LineBatch = { file: string; lines: readonly TextLine[] }

/** Text files that follow each other in time, as one stream of lines. */
export type LineFiles = {
  /** Lines of all files. */
  readonly rows: number
  /** Lines in the order of time, some thousand at a time. */
  read(): AsyncGenerator<LineBatch>
  /** How the lines of the files lie. */
  inferred(): Inference[]
}

/** What a line says of its time. */
export type LineTimes = {
  /** What orders the lines, for messages. */
  by: string
  /** Called once for every line, in the order of its file. */
  look?(text: string, file: string): void
  /** NaN for a line without a time. */
  timeOf(text: string): Micros
}

/**
 * Open text files, plain or compressed, and put their lines, and the files by their first times, in the order of time. Each
 * is read through once beforehand; files without any time stand last.
 *
 * @throws TapeError `import.file`, `import.order`
 */
export async function openLines(files: readonly string[], times: LineTimes): Promise<LineFiles> {
  const found: { file: string; lines: InTime<TextLine> }[] = []
  for (const file of files) {
    const lines = await arrange<TextLine>({
      file,
      by: times.by,
      read: () => readLines(file),
      look: ({ text }) => times.look?.(text, file),
      timeOf: ({ text }) => times.timeOf(text),
      weightOf: ({ text }) => text.length,
      late: 'sort',
    })
    found.push({ file, lines })
  }
  const key = (us: Micros) => (Number.isNaN(us) ? Number.POSITIVE_INFINITY : us)
  found.sort((a, b) => {
    const [one, other] = [key(a.lines.first_us), key(b.lines.first_us)]
    return one === other ? 0 : one - other
  })
  return {
    rows: found.reduce((sum, { lines }) => sum + lines.rows, 0),
    inferred: () => found.flatMap(({ lines }) => lines.inferred()),
    async *read() {
      for (const { file, lines } of found)
        for await (const some of lines.read()) yield { file: basename(file), lines: some }
    },
  }
}
