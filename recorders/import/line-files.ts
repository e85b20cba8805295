import { basename } from 'node:path'
import { readLines, type TextLine } from './text-file.ts'

/** Some lines of one file. */
export type LineBatch = { file: string; lines: TextLine[] }

/** Text files that follow each other in time, as one stream of lines. */
export type LineFiles = {
  /** Lines of all files. */
  readonly rows: number
  /** Lines in the order of the files, some thousand at a time. */
  read(): AsyncGenerator<LineBatch>
}

/**
 * Open text files, plain or gzipped, and put them in the order of what their first lines say. Each is read through once to
 * count its lines.
 *
 * @param keyOf what a first line says, a time as a rule; files where it is NaN stand last
 * @throws TapeError `import.file`
 */
export async function openLines(
  files: readonly string[],
  keyOf: (first: string) => number,
): Promise<LineFiles> {
  const found: { file: string; key: number }[] = []
  let rows = 0
  for (const file of files) {
    let key = Number.NaN
    let first = true
    for await (const lines of readLines(file)) {
      if (first) key = keyOf(lines[0]!.text)
      first = false
      rows += lines.length
    }
    found.push({ file, key: Number.isNaN(key) ? Number.POSITIVE_INFINITY : key })
  }
  found.sort((a, b) => (a.key === b.key ? 0 : a.key - b.key))
  return {
    rows,
    async *read() {
      for (const { file } of found)
        for await (const lines of readLines(file)) yield { file: basename(file), lines }
    },
  }
}
