import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../../bench/recorder/main.ts', import.meta.url))

test('the recorder’s benchmark holds every frame that was sent against the journals', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[MAIN, '--rate', '1000', '--seconds', '3', '--json'],
  ])
  const measured = JSON.parse(stdout)
  expect(measured).toMatchObject({ messages: 3_000, lost_sockets: 0, lost_frames: 0 })
  expect(measured.recorder).toMatchObject({ dropped: 0, quarantined: 0 })
  // Each level change is an event, each book some, and the first books of forty markets many.
  expect(measured.recorder.events).toBeGreaterThan(3_000)
  const { raw, raw_zst, arrow, parquet } = measured.disk
  expect(arrow).toBeGreaterThan(50)
  expect(raw).toBeGreaterThan(raw_zst)
  expect(arrow).toBeGreaterThan(parquet)
  expect(measured.recorder.rss_peak_bytes).toBeGreaterThan(2 ** 20)
})
