import { chmodSync, mkdirSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test, vi } from 'vitest'
import { cli, json, oneObject } from '../../../test/fixtures/cli.ts'
import { temporary } from '../../../test/fixtures/folders.ts'
import { smallDataset } from '../../../test/fixtures/synthetic-dataset.ts'

const root = temporary()
const data = join(root, 'data')

type Listing = {
  folder: string
  bytes: number
  max_bytes: number
  entries: { dataset: string; bytes: number }[]
}

afterEach(() => vi.unstubAllEnvs())

function cacheHome(name: string): string {
  vi.stubEnv('XDG_CACHE_HOME', join(root, name))
  return join(root, name, 'lockstep', 'tapes')
}

async function warm(): Promise<void> {
  mkdirSync(join(root, 'runs'), { recursive: true })
  const run = join(root, 'runs', 'one')
  expect((await cli(['backtest', data, '--strategy', 'nothing', '--no-report', '--out', run])).code).toBe(0)
}

test('caches are listed with dataset, size and bound, and pruned by age and size', async () => {
  await smallDataset(data, { windows: 1, rate: 1 })
  const folder = cacheHome('one')
  expect(await json<Listing>(['cache', 'ls'])).toMatchObject({
    folder,
    bytes: 0,
    max_bytes: 20e9,
    entries: [],
  })
  await warm()
  const listed = await json<Listing>(['cache', 'ls', '--param', 'cache.max_gb=3'])
  expect(listed).toMatchObject({ max_bytes: 3e9, entries: [{ kind: 'rows', dataset: data }] })
  expect(listed.bytes).toBe(listed.entries[0]!.bytes)
  expect((await cli(['cache', 'ls'])).out).toContain(data)
  expect(await json(['doctor'], { cwd: root })).toMatchObject({
    cache: { folder, caches: 1, bytes: listed.bytes },
  })

  expect(await json(['cache', 'prune', '--older-than', '30d'])).toMatchObject({ removed: [] })
  const old = new Date(Date.now() - 31 * 86_400_000)
  for (const name of readdirSync(folder)) if (name.endsWith('.json')) utimesSync(join(folder, name), old, old)
  expect(await json(['cache', 'prune', '--older-than', '30d'])).toMatchObject({
    removed: [{ dataset: data }],
    bytes_removed: listed.bytes,
    bytes_left: 0,
  })
  await warm()
  expect(await json(['cache', 'prune', '--max-gb', '0'])).toMatchObject({ removed: [{ dataset: data }] })
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  [['cache', 'prune', '--older-than', 'soon'], '--older-than'],
  [['cache', 'prune', '--max-gb', '-1'], '--max-gb'],
])('%j is refused', async (argv, field) => {
  const ran = await cli([...argv, '--json'])
  expect(ran.code).toBe(2)
  expect(oneObject(ran.err)).toMatchObject({ code: 'usage.option', field })
})

test.skipIf(process.getuid === undefined)('a folder of others is told, and the run is the same', async () => {
  const folder = cacheHome('open')
  mkdirSync(folder, { recursive: true })
  chmodSync(folder, 0o777)
  const run = join(root, 'runs', 'two')
  const ran = await cli(['backtest', data, '--strategy', 'nothing', '--no-report', '--json', '--out', run])
  expect(ran.code).toBe(0)
  expect(ran.err).toContain('no replay cache is used')
  expect(readdirSync(folder)).toEqual([])
  expect((await cli(['doctor'], { cwd: root })).out).toContain('replay caches are not used')
})
