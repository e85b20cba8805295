import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { randomColumns, writeDataset } from '../../recorders/tape/fixtures.ts'
import { datasets } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'doctor-'))
afterAll(() => rmSync(root, { recursive: true }))

/** A folder of datasets with one whole one in it. */
async function folder(): Promise<{ path: string; file: string; rows: number }> {
  const path = mkdtempSync(join(root, 'datasets-'))
  const manifest = await writeDataset(join(path, 'one'), randomColumns(500, 1))
  return { path, file: join(path, 'one', manifest.files[0]!.path), rows: manifest.counts.rows }
}

test('a whole dataset is verified, once however often its folder is named', async () => {
  const { path, rows } = await folder()
  const found = await datasets([path, path, join(root, 'nowhere')])
  expect(found).toHaveLength(1)
  expect(found[0]).toMatchObject({
    path: join(path, 'one'),
    rows,
    windows: 1,
    files: 'verified',
    problem: null,
  })
  expect(found[0]!.dataset_hash).toMatch(/^[0-9a-f]{64}$/)
})

test('a file with one byte changed is found by its hash', async () => {
  const { path, file } = await folder()
  const bytes = readFileSync(file)
  bytes[bytes.length >> 1]! ^= 1
  writeFileSync(file, bytes)
  const [health] = await datasets([path])
  expect(health).toMatchObject({
    files: 'wrong',
    problem: { severity: 'error', what: expect.stringContaining(file) },
  })
})

test('a file that is longer than said, and a manifest that is none, are found', async () => {
  const { path, file } = await folder()
  appendFileSync(file, 'x')
  expect((await datasets([path]))[0]).toMatchObject({ files: 'wrong', problem: { severity: 'error' } })
  writeFileSync(join(path, 'one', 'manifest.json'), '{}')
  expect((await datasets([path]))[0]).toMatchObject({ files: 'wrong', dataset_hash: null })
})
