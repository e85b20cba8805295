import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { importSources } from './import.ts'
import { CORE, namesOf, readSources } from './sources.ts'

const root = temporary()

/** Write files into a folder of their own and give the path of the first. */
function files(folder: string, texts: Record<string, string>): string {
  for (const [name, text] of Object.entries(texts)) {
    mkdirSync(join(root, folder, name, '..'), { recursive: true })
    writeFileSync(join(root, folder, name), text)
  }
  return join(root, folder, Object.keys(texts)[0]!)
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
/** Modules that were evaluated leave their names here. */
const ran = globalThis as { ran?: string[] }

describe('the identity of a strategy', () => {
  test('is the hash of its file where that stands alone', async () => {
    const text = `import { MICRO } from '${CORE}units/index.ts'\nexport const a = MICRO\n`
    const { files: all, sha256: own } = await readSources(files('alone', { 'a.ts': text }))
    expect(all.map(({ sha256 }) => sha256)).toEqual([sha256(text)])
    expect(own).toBe(sha256(text))
  })

  test('covers every local file that it imports, however far away, in circles, as data, by any form', async () => {
    const texts = {
      'a.ts':
        "import { b } from './in/b.ts'\nimport d from './d.json' with { type: 'json' }\nexport { b, d }",
      'in/b.ts': "export * from '../c.mjs'\nexport const b = 1\nimport '../a.ts'",
      'c.mjs': "export const c = () => import('./e.js')",
      'd.json': '{"x":1}',
      'e.js': "import { f } from 'F'\nexport const e = f",
      'f.ts': 'export const f = 1',
    }
    texts['e.js'] = texts['e.js'].replace('F', new URL(`file://${join(root, 'far', 'f.ts')}`).href)
    const file = files('far', texts)
    const before = await readSources(file)
    expect(namesOf(before.files).map(({ path }) => path)).toEqual([
      'a.ts',
      'c.mjs',
      'd.json',
      'e.js',
      'f.ts',
      'in/b.ts',
    ])
    for (const [name, text] of Object.entries(texts)) {
      files('far', { [name]: name === 'd.json' ? '{"x":2}' : `${text}\n` })
      expect((await readSources(file)).sha256, name).not.toBe(before.sha256)
      files('far', { [name]: text })
    }
    expect((await readSources(file)).sha256).toBe(before.sha256)
  })

  test('does not depend on where its folder is', async () => {
    const file = files('here', { 'a.ts': "import './b.ts'", 'b.ts': '' })
    cpSync(join(root, 'here'), join(root, 'there'), { recursive: true })
    expect((await readSources(join(root, 'there', 'a.ts'))).sha256).toBe((await readSources(file)).sha256)
  })

  test('leaves out what is erased: imports of types', async () => {
    const file = files('types', { 'a.ts': "import type { B } from './nowhere.ts'\nexport type A = B" })
    expect((await readSources(file)).files).toHaveLength(1)
  })
})

describe('what is imported', () => {
  test('is what was read, whatever the files have become since', async () => {
    const file = files('swap', {
      'a.ts': "export { b as a } from './b.ts'",
      'b.ts': "export const b = 'read'",
    })
    const sources = await readSources(file)
    files('swap', { 'a.ts': "export const a = 'swapped'", 'b.ts': "export const b = 'swapped'" })
    expect((await importSources(sources)).a).toBe('read')
    rmSync(join(root, 'swap'), { recursive: true })
    expect((await importSources(sources)).a).toBe('read')
  })

  test('is loaded anew once a file was edited, also one that is imported', async () => {
    const file = files('edit', { 'a.ts': "export { b as a } from './b.ts'", 'b.ts': 'export const b = 1' })
    expect((await importSources(await readSources(file))).a).toBe(1)
    files('edit', { 'b.ts': 'export const b = 2' })
    expect((await importSources(await readSources(file))).a).toBe(2)
  })

  test('shares the core with everybody', async () => {
    const text = `export * as units from '${CORE}units/index.ts'`
    const one = await importSources(await readSources(files('one', { 'a.ts': text })))
    const two = await importSources(await readSources(files('two', { 'a.ts': text })))
    expect(one.units).toBe(two.units)
  })

  test.each<[string, string]>([
    ['a path that is put together', "await import('./b' + '.ts')"],
    ['an address that is put together', "await import(new URL('./b' + '.ts', import.meta.url).href)"],
    [
      'require',
      "import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('./b' + '.ts')\nexport {}",
    ],
    ['data', "await import('data:text/javascript,globalThis.ran = [1]')"],
    ['an alias of its package', "await import('#b')"],
  ])('is refused by %s: it was never hashed', async (name, text) => {
    delete ran.ran
    const file = files(name, {
      'a.ts': text,
      'b.ts': "globalThis.ran = ['b']",
      'package.json': '{"imports":{"#b":"./b.ts"}}',
    })
    await expect(importSources(await readSources(file))).rejects.toThrow('which is none of its files')
    expect(ran.ran).toBeUndefined()
  })
})

describe('a file is refused', () => {
  test.each<[string, Record<string, string>, string]>([
    ['that imports what is not there', { 'a.ts': "\nimport './gone.ts'" }, 'a.ts:2: imports'],
    ['that imports a folder', { 'a.ts': "import './in'", 'in/b.ts': '' }, 'no regular file'],
    ['of another kind', { 'a.wasm': '' }, 'none of the kinds'],
    ['that imports another kind', { 'a.ts': "import './b.node'", 'b.node': '' }, 'none of the kinds'],
    ['that is too large', { 'a.ts': '/'.repeat(4 * 2 ** 20 + 1) }, 'bytes'],
  ])('%s', async (name, texts, said) => {
    await expect(readSources(files(name, texts))).rejects.toMatchObject({
      code: 'strategy.file',
      message: expect.stringContaining(said),
    })
  })

  test('that is a pipe or a device, without waiting for it', async () => {
    const pipe = join(root, 'pipe.ts')
    execFileSync('mkfifo', [pipe])
    await expect(readSources(pipe)).rejects.toMatchObject({ code: 'strategy.file' })
    symlinkSync('/dev/zero', join(root, 'zero.ts'))
    await expect(readSources(join(root, 'zero.ts'))).rejects.toMatchObject({ code: 'strategy.file' })
  })

  test('that is not text', async () => {
    writeFileSync(join(root, 'bytes.ts'), Buffer.from([0x2f, 0x2f, 0xff]))
    await expect(readSources(join(root, 'bytes.ts'))).rejects.toMatchObject({ code: 'strategy.file' })
  })
})
