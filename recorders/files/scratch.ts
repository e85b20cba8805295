import { rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeMarked, sweepMarked } from './marker.ts'

/** A folder of our own in the system's place for temporary files. It is gone when the process ends, at the latest. */
export type Scratch = {
  readonly path: string
  remove(): Promise<void>
  /** For where nothing can be waited for. */
  removeNow(): void
}

const PREFIX = 'lockstep-'
const NAME = /^lockstep-[a-z]+-\d+-\w+$/

/** Those that are not removed yet. */
const open = new Set<string>()
let swept: Promise<void> | null = null

/** Make a folder for temporary files. @param what one word that says what for */
export async function makeScratch(what: string): Promise<Scratch> {
  swept ??= sweepMarked(tmpdir(), NAME)
  await swept
  const path = await makeMarked(join(tmpdir(), `${PREFIX}${what}-`), what)
  if (open.size === 0) process.once('exit', removeAll)
  open.add(path)
  const forget = () => {
    open.delete(path)
    if (open.size === 0) process.off('exit', removeAll)
  }
  return {
    path,
    async remove() {
      await rm(path, { recursive: true, force: true })
      forget()
    },
    removeNow() {
      rmSync(path, { recursive: true, force: true })
      forget()
    },
  }
}

function removeAll(): void {
  for (const path of open) rmSync(path, { recursive: true, force: true })
}
