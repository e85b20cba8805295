import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { openData, readRaw } from '../../recorders/recording/index.ts'
import { createArrowFile, readColumns } from '../../recorders/tape/index.ts'

/** Each connection's frames in the journals of a recording, and the CRC-32 over their bytes; answers to pings set aside. */
export async function framesOf(dir: string): Promise<{ frames: number; crc: number }[]> {
  const connections = new Map<number, { frames: number; crc: number }>()
  await readRaw(dir, (record) => {
    if (record.type !== 'frame' || record.bytes.length === PONG.length) return
    const one = connections.get(record.connection) ?? { frames: 0, crc: 0 }
    connections.set(record.connection, one)
    one.frames++
    one.crc = crc32(record.bytes, one.crc)
  })
  return [...connections.values()]
}

const PONG = 'PONG'

/** What a recording takes of the disk, in bytes an event, in each of its forms. */
export async function diskOf(dir: string) {
  let events = 0
  let parquet = 0
  let arrow = 0
  let raw = 0
  let frames = 0
  for (const dataset of await openData(dir)) {
    events += dataset.manifest.counts.rows
    for (const { path, bytes } of dataset.manifest.files) if (path.endsWith('.parquet')) parquet += bytes
    const file = join(dir, 'size.arrow')
    const writer = await createArrowFile(file)
    for await (const columns of readColumns(dataset, { cache: false }))
      await writer.append(columns, 0, columns.length)
    await writer.finish()
    arrow += (await stat(file)).size
    await rm(file)
  }
  await readRaw(dir, (record) => {
    if (record.type !== 'note') raw += record.bytes.length
    if (record.type === 'frame') frames++
  })
  const raw_zst = await sizeOf(join(dir, 'raw'))
  const per = (bytes: number) => bytes / Math.max(1, events)
  return { events, frames, raw: per(raw), raw_zst: per(raw_zst), arrow: per(arrow), parquet: per(parquet) }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name))).size
  return bytes
}
