import { fileURLToPath } from 'node:url'
import { ROOT } from '../doctor/installation.ts'

/** A line of somebody's file. */
export type Place = { file: string; line: number }

/** Code of this project, of its packages and of Node: whatever else stands in a stack is the author's. */
const OWN = ['core/', 'recorders/', 'live-bridge/', 'engine/', 'notebooks/', 'node_modules/'].map(
  (folder) => `${ROOT}${folder}`,
)

/** Where in the author's own files an error came from: the first line of its stack that is not of this project. */
export function authorPlace(error: unknown): Place | null {
  if (!(error instanceof Error) || error.stack === undefined) return null
  for (const [, address, line] of error.stack.matchAll(/\(?(file:\/\/[^\s)]+?):(\d+):\d+\)?$/gm)) {
    const file = pathOf(address!)
    if (file !== null && !OWN.some((folder) => file.startsWith(folder))) return { file, line: Number(line) }
  }
  return null
}

/** A strategy's address carries the hash that it was loaded by. */
function pathOf(address: string): string | null {
  try {
    return fileURLToPath(address.replace(/\?.*$/, ''))
  } catch {
    return null
  }
}
