import { dirname, join } from 'node:path'
import { readPlainText } from '../files/index.ts'
import { FILE_BYTES } from '../limits.ts'

/** What a recording's own licence file says. */
export type LicenceFile = {
  /** Short name, `unknown` where there is no file or its text is not known. */
  licence: string
  /** Its line that begins with Copyright; empty where it has none. */
  copyright: string
  /** The file itself, to travel with the dataset. */
  attachments: Record<string, string>
}

/** How known texts begin, and what they are called. */
const KNOWN: readonly (readonly [RegExp, string])[] = [
  [/^MIT License/m, 'MIT'],
  [/^Attribution 4\.0 International/m, 'CC BY 4.0'],
  [/^Attribution-ShareAlike 4\.0 International/m, 'CC BY-SA 4.0'],
  [/^\s*Apache License\s+Version 2\.0/m, 'Apache-2.0'],
]

/**
 * The text of the file `LICENSE` that lies beside a recording; undefined where there is none, and for what is no such text: a link
 * to another file, a pipe, something long or binary would travel with the dataset.
 */
export function licenceText(file: string): Promise<string | undefined> {
  return readPlainText(join(dirname(file), 'LICENSE'), FILE_BYTES.licence).catch(() => undefined)
}

/** The file `LICENSE` that lies beside a recording. It is named only where its text is known: nothing is guessed. */
export async function licenceBeside(file: string): Promise<LicenceFile> {
  const text = await licenceText(file)
  if (text === undefined) return { licence: 'unknown', copyright: '', attachments: {} }
  return {
    licence: KNOWN.find(([beginning]) => beginning.test(text))?.[1] ?? 'unknown',
    copyright: /^Copyright (?:\(c\)|©).+$/im.exec(text)?.[0].trim() ?? '',
    attachments: { LICENSE: text },
  }
}
