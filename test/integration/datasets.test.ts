import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, watch } from 'node:fs'
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { capture } from '../../engine/cli/capture.ts'
import { runCli } from '../../engine/cli/run.ts'
import { SHIPPED } from '../../recorders/import/shipped.ts'
import { inFolder } from '../../recorders/tape/fixtures.ts'

/** Content hash of the shipped dataset. */
const HASH = 'a36dddb8eebeaadc05c10dec33c11c0b2c2aea3e1e0e497868d9c61ebd4b727c'

async function run(cwd: string, ...argv: string[]) {
  const kept = capture({ cwd })
  const code = await runCli(['datasets', ...argv], kept.io)
  return { code, out: kept.out(), err: kept.err() }
}

const json = ({ out }: { out: string }) => JSON.parse(out)

describe('engine datasets', () => {
  test('lists what is in a folder and below it, damaged ones with what is wrong', async () => {
    await inFolder(async (folder) => {
      await cp(SHIPPED.dir, join(folder, 'deep', 'er', 'good'), { recursive: true })
      await cp(SHIPPED.dir, join(folder, 'bad'), { recursive: true })
      await writeFile(join(folder, 'bad', 'gaps.json'), '[]')
      await mkdir(join(folder, 'web'))
      await writeFile(join(folder, 'web', 'manifest.json'), '{"name":"a web page"}')
      const { code, out } = await run(folder, 'list', '.', '--json')
      expect(code).toBe(0)
      const { datasets } = JSON.parse(out)
      expect(datasets).toMatchObject([
        { path: join(folder, 'bad'), rows: 0, problem: expect.stringContaining('gaps.json') },
        {
          path: join(folder, 'deep', 'er', 'good'),
          kind: 'dataset',
          rows: 1_234_572,
          windows: 33,
          dataset_hash: HASH,
          problem: null,
        },
      ])
      expect(datasets).toHaveLength(2)
      expect((await run(folder, 'list')).out).toContain('deep/er/good')
      expect((await run(folder, 'list', 'nowhere')).code).toBe(1)
    })
  })

  test('describes a manifest: whole as JSON, in words for a person', async () => {
    const whole = json(await run('.', 'describe', SHIPPED.dir, '--json'))
    expect(whole).toEqual(JSON.parse(await readFile(join(SHIPPED.dir, 'manifest.json'), 'utf8')))
    const { out } = await run('.', 'describe', SHIPPED.dir)
    for (const text of [HASH, 'CC BY 4.0', 'full depth', '1 234 572', '33 by settlement series'])
      expect(out).toContain(text)
  })

  test('verifies every hash, and ends with 1 and the file where one is wrong', async () => {
    await inFolder(async (folder) => {
      await cp(SHIPPED.dir, join(folder, 'd'), { recursive: true })
      expect(json(await run(folder, 'verify', 'd', '--json'))).toEqual({
        verified: [{ dataset: join(folder, 'd'), dataset_hash: HASH, rows: 1_234_572, files: 5 }],
      })
      const file = join(folder, 'd', 'LICENSE')
      const text = await readFile(file, 'utf8')
      await writeFile(file, text.replace('C', 'c'))
      const { code, out, err } = await run(folder, 'verify', 'd', '--json')
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(JSON.parse(err)).toMatchObject({ code: 'tape.file_hash', file })
    })
  })

  test('cuts half an hour, merges it with the rest, and both pass their own verification', async () => {
    await inFolder(async (folder) => {
      const at = '2026-04-15T12:32:00Z'
      const first = json(await run(folder, 'cut', SHIPPED.dir, '--to', at, '--out', 'a', '--json'))
      const second = json(await run(folder, 'cut', SHIPPED.dir, '--from', at, '--out', 'b', '--json'))
      expect(second.restated).toBeGreaterThan(100)
      expect(first.rows + second.rows).toBe(1_234_572 + second.restated)
      const merged = json(await run(folder, 'merge', 'a', 'b', '--out', 'm', '--json'))
      expect(merged).toMatchObject({ rows: first.rows + second.rows, windows: 33 })
      expect((await run(folder, 'verify', 'a', 'b', 'm')).code).toBe(0)
      const { made_of, windows } = json(await run(folder, 'describe', 'm', '--json'))
      expect(windows).toMatchObject({ total: 33, settlement: 33 })
      expect(made_of.datasets.map((one: { dataset_hash: string }) => one.dataset_hash)).toEqual([
        first.dataset_hash,
        second.dataset_hash,
      ])
    })
  })

  test('mistakes of the caller end with 2, and nothing is left', async () => {
    await inFolder(async (folder) => {
      const cut = (...argv: string[]) => run(folder, 'cut', SHIPPED.dir, '--out', 'x', '--json', ...argv)
      expect(JSON.parse((await cut()).err)).toMatchObject({ code: 'usage.cut' })
      expect(JSON.parse((await cut('--from', 'noon')).err)).toMatchObject({
        code: 'usage.time',
        field: '--from',
      })
      expect((await cut('--from', 'noon')).code).toBe(2)
      expect(JSON.parse((await cut('--market', 'x')).err)).toMatchObject({ code: 'cut.market' })
      expect(await readdir(folder)).toEqual([])
    })
  })

  test('Ctrl-C in the middle of a merge ends it with 130 and leaves nothing', async () => {
    await inFolder(async (folder) => {
      const main = fileURLToPath(new URL('../../engine/cli/main.ts', import.meta.url))
      const argv = [main, 'datasets', 'merge', SHIPPED.dir, '--out', join(folder, 'm')]
      const watcher = watch(folder)
      const child = spawn(process.execPath, argv, { stdio: 'ignore' })
      const closed = once(child, 'close')
      const begun = () => readdirSync(folder).some((name) => name.startsWith('.m.part-'))
      while (child.exitCode === null && !begun()) await Promise.race([once(watcher, 'change'), closed])
      watcher.close()
      child.kill('SIGINT')
      expect((await closed)[0]).toBe(130)
      expect(await readdir(folder)).toEqual([])
    })
  })
})
