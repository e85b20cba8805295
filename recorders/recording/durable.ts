import { constants } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { checkFolder, openPlain, openToWrite } from '../files/index.ts'
import { syncFolder } from '../journal/index.ts'

/**
 * Changes of a folder that must survive whatever happens. Each step is told before it is taken: a test that throws there
 * sees what a killed process would have left.
 */

/** Told of each step on the disk before it is taken. */
export type Steps = (what: string) => void

export const NO_STEPS: Steps = () => {}

/** Write a file and have the disk keep it. What was there before is lost as soon as it begins. */
export async function writeSynced(path: string, data: string, steps: Steps): Promise<void> {
  steps(`write ${path}`)
  const file = await openToWrite(path)
  try {
    await file.writeFile(data)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Put a file in the place of another in one step: readers see the one or the other, whole. */
export async function replaceFile(path: string, data: string, steps: Steps): Promise<void> {
  const beside = `${path}.partial`
  await writeSynced(beside, data, steps)
  await moveFile(beside, path, steps)
}

/** Give a finished file its name, in place of what has it now. */
export async function moveFile(from: string, to: string, steps: Steps): Promise<void> {
  steps(`rename ${to}`)
  await rename(from, to)
  await syncFolder(dirname(to))
}

/** Have the disk keep a file that something else wrote. */
export async function syncFile(path: string, steps: Steps): Promise<void> {
  steps(`sync ${path}`)
  const file = await open(path, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0))
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Make a folder of a recording, and see that it is one: behind a link would be somebody else's. */
export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true })
  await checkFolder(path)
}

/** Write files one behind the other into one, `through` something that changes them. */
export async function pour(from: readonly string[], to: string, through?: () => Duplex): Promise<void> {
  const file = await openToWrite(to)
  const write = async (pieces: AsyncIterable<Uint8Array>) => {
    for await (const piece of pieces) await file.writeFile(piece)
  }
  try {
    for (const path of from) {
      const source = (await openPlain(path)).createReadStream()
      await (through === undefined ? pipeline(source, write) : pipeline(source, through(), write))
    }
  } finally {
    await file.close()
  }
}

/** Remove a file, if it is there. */
export async function removeFile(path: string, steps: Steps): Promise<void> {
  steps(`remove ${path}`)
  await rm(path, { force: true })
}
