import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { inFolder } from '../tape/fixtures.ts'
import {
  below,
  checkFolder,
  isDate,
  isGone,
  makeScratch,
  nameAfter,
  namesIn,
  openToWrite,
  readPlain,
  readPlainText,
  replaceText,
  self,
  stage,
} from './index.ts'
import { makeMarked, sweepMarked } from './marker.ts'

/** A process that was here and is no more. */
const GONE = { pid: spawnSync(process.execPath, ['-e', '']).pid, host: hostname(), started: '1' }

describe('a name from elsewhere', () => {
  test('never leads out of its folder: what is no plain name is refused, and what is one lies in it', () => {
    const steps = fc.constantFrom(
      '..',
      '.',
      '',
      '/',
      '\\',
      'a/b',
      '/etc',
      'C:',
      '\0',
      '.hidden',
      'ü',
      'a',
      'b-1.json',
    )
    fc.assert(
      fc.property(
        fc.array(fc.oneof(steps, fc.string(), fc.string({ unit: 'binary' })), { minLength: 1 }),
        (names) => {
          let path: string
          try {
            path = below('/root/of/all', ...names)
          } catch (thrown) {
            expect(thrown).toMatchObject({ code: 'file.name', fix: expect.any(String) })
            return
          }
          expect(path.split('/')).toEqual(['', 'root', 'of', 'all', ...names])
        },
      ),
    )
    expect(() => below('/a', '..')).toThrow('".." is no name')
    expect(below('/a', 'b', 'c.json')).toBe('/a/b/c.json')
  })

  test('may be said by any text: what is called after one has a plain name', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary', maxLength: 300 })), (text) => {
        expect(() => below('/runs', nameAfter(text))).not.toThrow()
      }),
    )
    expect(['market-maker', '../../x', 'my strategy 2', ''].map(nameAfter)).toEqual([
      ...['market-maker', 'x', 'my-strategy-2', 'unnamed'],
    ])
  })

  test('is a day only where the calendar has it', () => {
    for (const day of ['2026-11-21', '2024-02-29', '0001-01-01', '9999-12-31'])
      expect(isDate(day), day).toBe(true)
    for (const day of [
      ...['2026-02-29', '2026-13-01', '2026-00-10', '2026-11-31', '2026-11-00', '0000-01-01', '2026-1-1'],
      ...[
        '..',
        '../2026-11-21',
        '2026-11-21/..',
        '2026-11-21\n',
        ' 2026-11-21',
        '2026-11-21-open',
        '',
        '+026-11-21',
      ],
    ])
      expect(isDate(day), day).toBe(false)
  })
})

describe('a file of others', () => {
  test('is read where it is one: no link, pipe, device or folder is followed', async () => {
    await inFolder(async (dir) => {
      const file = join(dir, 'file')
      await writeFile(file, 'text')
      await symlink(file, join(dir, 'link'))
      await symlink(dir, join(dir, 'folder-link'))
      spawnSync('mkfifo', [join(dir, 'pipe')])
      expect(await readPlainText(file, 10)).toBe('text')
      for (const other of [join(dir, 'link'), join(dir, 'folder-link'), join(dir, 'pipe'), dir, '/dev/zero'])
        await expect(readPlain(other, 10), other).rejects.toMatchObject({ code: 'file.kind', file: other })
      await expect(readPlain(join(dir, 'absent'), 10)).rejects.toMatchObject({ code: 'ENOENT' })
    })
  })

  test('is read up to what was agreed, and as text only where it is some', async () => {
    await inFolder(async (dir) => {
      const file = join(dir, 'file')
      await writeFile(file, Buffer.from([0x61, 0xff, 0x62]))
      await expect(readPlain(file, 2)).rejects.toMatchObject({ code: 'file.large' })
      expect(await readPlain(file, 3)).toEqual(Buffer.from([0x61, 0xff, 0x62]))
      await expect(readPlainText(file, 3)).rejects.toMatchObject({ code: 'file.text' })
    })
  })

  test('is not written through a link, and a folder behind one is not looked into', async () => {
    await inFolder(async (dir) => {
      const victim = join(dir, 'victim')
      await mkdir(victim)
      await writeFile(join(victim, 'precious'), 'mine')
      await symlink(join(victim, 'precious'), join(dir, 'link'))
      await symlink(victim, join(dir, 'day'))
      await expect(openToWrite(join(dir, 'link'))).rejects.toMatchObject({ code: 'file.kind' })
      await expect(checkFolder(join(dir, 'day'))).rejects.toMatchObject({ code: 'file.kind' })
      await expect(namesIn(join(dir, 'day'))).rejects.toMatchObject({ code: 'file.kind' })
      expect(await namesIn(join(dir, 'absent'))).toEqual([])
      expect(await namesIn(victim)).toEqual(['precious'])
      expect(await readFile(join(victim, 'precious'), 'utf8')).toBe('mine')
    })
  })
})

describe('something long in the making', () => {
  test('has its place whole or not at all, and nothing stands beside it afterwards', async () => {
    await inFolder(async (dir) => {
      const place = join(dir, 'new', 'deep', 'thing')
      const staging = await stage(place)
      await mkdir(staging.path)
      await writeFile(join(staging.path, 'part'), '1')
      expect(existsSync(place)).toBe(false)
      await staging.keep()
      await staging.drop()
      expect(await readdir(join(dir, 'new', 'deep'))).toEqual(['thing'])
      expect(await readdir(place)).toEqual(['part'])

      const other = await stage(join(dir, 'other', 'deep', 'thing'))
      await writeFile(other.path, 'half')
      await other.drop()
      expect(await readdir(dir)).toEqual(['new'])
    })
  })

  test('takes the place of nothing but an empty folder, unless it is to replace', async () => {
    await inFolder(async (dir) => {
      const [file, full, empty] = ['file', 'full', 'empty'].map((name) => join(dir, name)) as [
        string,
        string,
        string,
      ]
      await writeFile(file, 'old')
      await mkdir(full)
      await writeFile(join(full, 'mine'), 'old')
      await mkdir(empty)
      for (const place of [file, full]) {
        for (const kind of ['file', 'folder']) {
          const staging = await stage(place)
          await (kind === 'file' ? writeFile(staging.path, 'new') : mkdir(staging.path))
          await expect(staging.keep(), `${kind} for ${place}`).rejects.toMatchObject({ code: 'file.exists' })
          await staging.drop()
        }
      }
      const staging = await stage(empty)
      await mkdir(staging.path)
      await writeFile(join(staging.path, 'new'), '')
      await staging.keep()
      expect(await readdir(empty)).toEqual(['new'])
      const again = await stage(full)
      await mkdir(again.path)
      await again.replace()
      expect(await readdir(full)).toEqual([])
      await replaceText(file, 'new')
      expect(await readFile(file, 'utf8')).toBe('new')
      expect((await readdir(dir)).sort()).toEqual(['empty', 'file', 'full'])
    })
  })

  test('that a killed process left is taken away by the next; what it had moved out of the way is given back', async () => {
    await inFolder(async (dir) => {
      const killed = async (name: string, before: boolean) => {
        const left = await makeMarked(join(dir, `.${name}.part-`), name)
        await mkdir(join(left, 'made'))
        if (before) {
          await mkdir(join(left, 'before'))
          await writeFile(join(left, 'before', 'result'), name)
        }
        await writeFile(join(left, '.lockstep'), JSON.stringify({ ...GONE, about: name }))
      }
      await killed('one', false)
      await killed('two', true)
      await killed('three', true)
      await mkdir(join(dir, 'three'))
      await replaceText(join(dir, 'next'), 'text')
      expect((await readdir(dir)).sort()).toEqual(['next', 'three', 'two'])
      expect(await readFile(join(dir, 'two', 'result'), 'utf8')).toBe('two')
      expect(await readdir(join(dir, 'three'))).toEqual([])
    })
  })

  test('is left alone while its process lives, or where it is not ours, whatever its name', async () => {
    await inFolder(async (dir) => {
      const alive = await makeMarked(join(dir, '.a.part-'), 'a')
      const elsewhere = await makeMarked(join(dir, '.b.part-'), 'b')
      await writeFile(join(elsewhere, '.lockstep'), JSON.stringify({ ...GONE, host: 'another', about: 'b' }))
      const unmarked = await mkdtemp(join(dir, `.c.part-${GONE.pid}-`))
      await writeFile(join(unmarked, 'mine'), '')
      const garbled = await makeMarked(join(dir, '.d.part-'), 'd')
      await writeFile(join(garbled, '.lockstep'), '{')
      const named = await makeMarked(join(dir, 'mine-'), 'e')
      await writeFile(join(named, '.lockstep'), JSON.stringify({ ...GONE, about: 'e' }))
      const linked = join(dir, `.f.part-${GONE.pid}-x`)
      await symlink(named, linked)
      await replaceText(join(dir, 'next'), 'text')
      for (const path of [alive, elsewhere, unmarked, garbled, named, linked])
        expect(existsSync(path), path).toBe(true)
    })
  })

  test('a mark that names another place gives nothing back there', async () => {
    await inFolder(async (dir) => {
      const inner = join(dir, 'inner')
      await mkdir(inner)
      const left = await makeMarked(join(inner, '.x.part-'), 'x')
      await mkdir(join(left, 'before'))
      await writeFile(join(left, '.lockstep'), JSON.stringify({ ...GONE, about: '../planted' }))
      await replaceText(join(inner, 'next'), 'text')
      expect(await readdir(dir)).toEqual(['inner'])
    })
  })
})

describe('temporary folders', () => {
  test('are private, ours, and gone when they are removed', async () => {
    const one = await makeScratch('test')
    const two = await makeScratch('test')
    expect(one.path).not.toBe(two.path)
    await writeFile(join(one.path, 'x'), '')
    await one.remove()
    expect([existsSync(one.path), existsSync(two.path)]).toEqual([false, true])
    two.removeNow()
    expect(existsSync(two.path)).toBe(false)
  })

  test('of processes that are no more are swept, of others not', async () => {
    await inFolder(async (dir) => {
      const left = await makeMarked(join(dir, 'lockstep-x-'), 'x')
      await writeFile(join(left, '.lockstep'), JSON.stringify({ ...GONE, about: 'x' }))
      const alive = await makeMarked(join(dir, 'lockstep-y-'), 'y')
      await sweepMarked(dir, /^lockstep-/)
      expect([existsSync(left), existsSync(alive)]).toEqual([false, true])
    })
  })
})

test('a process is gone when its number is free, or another’s', async () => {
  expect(await isGone(self())).toBe(false)
  expect(await isGone(GONE)).toBe(true)
  expect(await isGone({ ...GONE, host: 'another machine' })).toBe(false)
  if (self().started !== null) expect(await isGone({ ...self(), started: '1' })).toBe(true)
  expect(await isGone({ ...self(), started: null })).toBe(false)
})
