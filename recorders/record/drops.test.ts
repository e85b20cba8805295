import { expect, test } from 'vitest'
import type { JournalRecord } from '../journal/record.ts'
import { createDrops } from './drops.ts'

const frame = (wall_us: number, bytes: number): JournalRecord => ({
  type: 'frame',
  wall_us,
  mono_us: 0,
  connection: 1,
  seq: 0,
  bytes: new Uint8Array(bytes),
})

test('what was dropped is told once, by source, with its span', () => {
  const drops = createDrops()
  drops.add('binance', frame(10, 5))
  drops.add('kraken', frame(11, 1))
  drops.add('binance', frame(15, 7))
  expect(drops.take()).toEqual([
    {
      note: 'dropped',
      feed: 'binance',
      frames: 2,
      bytes: 12,
      from_us: 10,
      to_us: 15,
      reason: 'the disk could not follow',
    },
    {
      note: 'dropped',
      feed: 'kraken',
      frames: 1,
      bytes: 1,
      from_us: 11,
      to_us: 11,
      reason: 'the disk could not follow',
    },
  ])
  expect(drops.take()).toEqual([])
  drops.add('binance', frame(20, 1))
  expect(drops.take()).toMatchObject([{ frames: 1, from_us: 20 }])
  expect(drops.total).toBe(4)
})
