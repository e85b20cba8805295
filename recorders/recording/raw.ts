import { dirname } from 'node:path'
import { constants, createZstdCompress } from 'node:zlib'
import { makeFolder, moveFile, pour, removeFile, type Steps, syncFile } from './durable.ts'
import { journalPath, rawFolder, rawPath } from './layout.ts'

/** How hard zstd tries: JSON of feeds shrinks to some tenth at this level, at several times the rate of any feed. */
const LEVEL = 3

/**
 * Put a sealed journal away: compressed into `raw/`, or not kept. The compression runs in other threads. Done again it gives
 * the same.
 */
export async function putAway(
  dir: string,
  day: string,
  number: number,
  keep: boolean,
  steps: Steps,
): Promise<void> {
  const from = journalPath(dir, number)
  if (keep) {
    const to = rawPath(dir, day, number)
    const beside = `${to}.partial`
    await makeFolder(rawFolder(dir))
    await makeFolder(dirname(to))
    steps(`compress ${to}`)
    await pour([from], beside, () =>
      createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: LEVEL, [constants.ZSTD_c_checksumFlag]: 1 },
      }),
    )
    await syncFile(beside, steps)
    await moveFile(beside, to, steps)
  }
  await removeFile(from, steps)
}
