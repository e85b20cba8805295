import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HEAD, inFolder, randomColumns, TAIL } from './fixtures.ts'
import { mergeDatasets, openDataset } from './index.ts'
import { madeShare } from './share.ts'
import { createDataset } from './writer.ts'

test('the share never falls, is 1 where all is taken and packed, and no earlier', () => {
  const step = fc.record({ share: fc.nat(99), packed: fc.nat(1_000), more: fc.nat(500) })
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const told: number[] = []
      const share = madeShare((made) => told.push(made))
      let rows = 1
      let packed = 0
      for (const [i, one] of steps.entries()) {
        rows += one.more
        packed = Math.min(rows, packed + one.packed)
        share.taken(Math.max(one.share / 100, i / steps.length))
        share.archived(packed, rows)
      }
      expect(Math.max(0, ...told)).toBeLessThan(1)
      share.taken(1)
      if (packed < rows) expect(told.at(-1)).toBeLessThan(1)
      share.archived(rows, rows)
      expect(told.at(-1)).toBeCloseTo(1, 12)
      expect(told).toEqual(told.toSorted((a, b) => a - b))
    }),
  )
})

test('a writer tells of every row that it packs, segment by segment', async () => {
  await inFolder(async (dir) => {
    const columns = randomColumns(5_000, 1)
    const told: [number, number][] = []
    const archived = (rows: number, of: number) => void told.push([rows, of])
    const writer = await createDataset(join(dir, 'd'), HEAD, { segment_rows: 2_000, archived })
    await writer.append(columns, 0, 3_000)
    expect(told).toContainEqual([2_000, 3_000])
    await writer.append(columns, 3_000)
    expect(told.at(-1)).toEqual([4_000, 5_000])
    await writer.finish(TAIL)
    expect(told.at(-1)).toEqual([5_000, 5_000])
    expect(told.every(([rows, of]) => rows <= of)).toBe(true)

    const shown: number[] = []
    const progress = (done: number, total: number) => void shown.push(done / total)
    const dataset = await openDataset(join(dir, 'd'))
    await mergeDatasets([dataset], { out: join(dir, 'm'), created_by: 'test', progress })
    expect(shown.at(-1)).toBe(1)
    expect(shown.some((share) => share > 0 && share < 0.5)).toBe(true)
    expect(shown).toEqual(shown.toSorted((a, b) => a - b))
  })
})
