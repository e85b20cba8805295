import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

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

/** The file `LICENSE` that lies beside a recording. It is named only where its text is known: nothing is guessed. */
export async function licenceBeside(file: string): Promise<LicenceFile> {
  const text = await readFile(join(dirname(file), 'LICENSE'), 'utf8').catch(() => undefined)
  if (text === undefined) return { licence: 'unknown', copyright: '', attachments: {} }
  return {
    licence: KNOWN.find(([beginning]) => beginning.test(text))?.[1] ?? 'unknown',
    copyright: /^Copyright (?:\(c\)|©).+$/im.exec(text)?.[0].trim() ?? '',
    attachments: { LICENSE: text },
  }
}
