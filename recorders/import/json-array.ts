import { TapeError } from '../tape/index.ts'
import { readText } from './text-bytes.ts'

/** An element of an array in a file: its number, from 0, and its JSON text. */
export type JsonElement = { row: number; text: string }

/** No element of a recording is near this long: a file that is no array must not fill the memory. */
const ELEMENT_MAX = 4 * 1024 * 1024

/**
 * Elements of a file that is one JSON array of objects, plain or gzipped, as they come and in constant memory. Their texts
 * are found by their braces; what is inside is not looked at.
 *
 * @throws TapeError `import.file` as for texts, `import.json` for what is no array of objects, or ends too early
 */
export async function* readJsonArray(file: string): AsyncGenerator<JsonElement[]> {
  let row = 0
  /** Braces open, whether the place is inside a string, and what came of the element so far. */
  let depth = 0
  let quoted = false
  let escaped = false
  let kept = ''
  let state: 'before' | 'inside' | 'after' = 'before'
  for await (const chunk of readText(file)) {
    const found: JsonElement[] = []
    let start = depth > 0 ? 0 : -1
    for (let i = 0; i < chunk.length; i++) {
      const c = chunk.charCodeAt(i)
      if (quoted) {
        if (escaped) escaped = false
        else if (c === BACKSLASH) escaped = true
        else if (c === QUOTE) quoted = false
      } else if (depth > 0) {
        if (c === QUOTE) quoted = true
        else if (c === OPEN) depth++
        else if (c === CLOSE && --depth === 0) {
          found.push({ row: row++, text: kept + chunk.slice(start, i + 1) })
          kept = ''
          start = -1
        }
      } else if (c === OPEN && state === 'inside') {
        depth = 1
        start = i
      } else state = outside(c, state, file, row)
    }
    if (start >= 0) kept += chunk.slice(start)
    if (kept.length > ELEMENT_MAX) throw noArray(file, row, 'an element is too long')
    if (found.length > 0) yield found
  }
  if (state !== 'after') throw noArray(file, row, state === 'before' ? 'it is empty' : 'it ends too early')
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN = 123
const CLOSE = 125
const COMMA = 44
const LEFT = 91
const RIGHT = 93
/** Blank characters, and the mark that some programs put in front of a text. */
const BLANK: readonly number[] = [9, 10, 13, 32, 0xfeff]

/** The state after a character that is outside of any element. */
function outside(c: number, state: 'before' | 'inside' | 'after', file: string, row: number) {
  if (BLANK.includes(c)) return state
  if (state === 'before' && c === LEFT) return 'inside'
  if (state === 'inside' && c === RIGHT) return 'after'
  if (state === 'inside' && c === COMMA) return state
  throw noArray(file, row, 'it has something else')
}

function noArray(file: string, row: number, what: string): TapeError {
  return new TapeError(
    'import.json',
    `${file}: is no JSON array of objects: ${what} after ${row} elements`,
    { file, row },
    'give a recording of this kind, as it was made',
  )
}
