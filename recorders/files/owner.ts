import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Which process something belongs to. `started` tells it from a later one of the same number, where the system says it. */
export type Owner = { pid: number; host: string; started: string | null }

/** This process. */
export function self(): Owner {
  own ??= { pid: process.pid, host: hostname(), started: startIn(statOf(process.pid)) }
  return own
}

let own: Owner | undefined

/** Read from a file: null where it is none. */
export function ownerIn(value: unknown): Owner | null {
  if (typeof value !== 'object' || value === null) return null
  const { pid, host, started } = value as Partial<Record<keyof Owner, unknown>>
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return null
  if (typeof host !== 'string') return null
  return { pid, host, started: typeof started === 'string' ? started : null }
}

/** Whether a process is surely no more. Of another machine's nothing is known. */
export async function isGone({ pid, host, started }: Owner): Promise<boolean> {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EPERM') return true
  }
  if (started === null) return false
  const now = startIn(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null))
  return now !== null && now !== started
}

function statOf(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    return null
  }
}

/** When a process began, in the system's own count; null where it does not say. */
function startIn(stat: string | null): string | null {
  // The name, in brackets, may hold anything; the start is the 20th field behind it.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
}
