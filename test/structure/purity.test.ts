import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { breaches } from '../../engine/purity/breaches.ts'
import { PURE_PACKAGES } from '../../engine/purity/module-graph.ts'
import { importsOf, parseText } from '../../engine/purity/source.ts'
import { anys } from './anys.ts'
import { allFiles, filesOf, isTest, parse, ROOT } from './project.ts'

const core = filesOf('core').filter((file) => !isTest(file))

const found = (text: string) => breaches(parseText('core/planted.ts', text)).map((breach) => breach.what)

describe('the core', () => {
  test('has files to be looked at', () => {
    expect(core.length).toBeGreaterThan(30)
  })

  test('imports its own files and pure packages only', () => {
    const wrong = core
      .flatMap((file) => importsOf(parse(file)))
      .filter((one) => (one.file === null ? !PURE_PACKAGES.test(one.package) : !one.file.startsWith('core/')))
    expect(wrong).toEqual([])
  })

  test('imports each package in one module', () => {
    const users = new Map<string, Set<string>>()
    for (const one of core.flatMap((file) => importsOf(parse(file)))) {
      if (one.package === null) continue
      users.set(one.package, (users.get(one.package) ?? new Set()).add(one.from))
    }
    expect(users.size).toBeGreaterThan(0)
    for (const [name, files] of users) expect([...files], name).toHaveLength(1)
  })

  test('calls nothing that could differ between two runs or two engines', () => {
    expect(core.flatMap((file) => breaches(parse(file)))).toEqual([])
  })
})

describe('the core with everything it pulls in', () => {
  const bundle = build({
    absWorkingDir: ROOT,
    stdin: {
      contents: core.map((file, i) => `export * as m${i} from './${file}'`).join('\n'),
      resolveDir: ROOT,
    },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    // Neither a browser nor Node: nothing of a platform is at hand, and a built-in does not resolve.
    platform: 'neutral',
    mainFields: ['module', 'main'],
    logLevel: 'silent',
  })

  test('is made of core files and pure packages alone, with no built-in of a platform', async () => {
    const { metafile } = await bundle
    const inputs = Object.keys(metafile.inputs).filter((input) => input !== '<stdin>')
    expect(inputs.length).toBeGreaterThan(core.length)
    const foreign = inputs.filter(
      (input) =>
        !/^core\//.test(input) && !/^node_modules\/(@stdlib\/|pure-rand\/|@noble\/hashes\/)/.test(input),
    )
    expect(foreign).toEqual([])
  })

  test('calls no clock, chance, timer or inexact function either, as far as it is used', async () => {
    const { outputFiles } = await bundle
    const own = breaches(parseText('bundle.js', outputFiles[0]!.text)).filter(
      ({ what, text }) =>
        /^(Date|Intl|Math\.|\*\*|process|performance|crypto|set\w+|toLocale|async|await)/.test(what) &&
        text !== '2 ** 32', // in @noble/hashes: a power of two written out is exact everywhere
    )
    expect(own).toEqual([])
  })
})

describe('a planted breach is found:', () => {
  test.each([
    ['const t = Date.now()', 'Date'],
    ['const t = new Date(0)', 'Date'],
    ['let t: Date', 'Date'],
    ['const x = Math.random()', 'Math.random'],
    ['const x = Math.exp(1)', 'Math.exp'],
    ['const x = Math.log(1)', 'Math.log'],
    ['const x = Math.pow(2, 3)', 'Math.pow'],
    ['const x = Math.hypot(3, 4)', 'Math.hypot'],
    ["const x = Math['exp'](1)", 'Math'],
    ['const { exp } = Math', 'Math'],
    ['const m = Math', 'Math'],
    ['const x = 2 ** 3', '**'],
    ['let x = 2; x **= 3', '**'],
    ['const x = [2, 1].sort()', 'sort() without an order'],
    ['const x = [2, 1].toSorted()', 'toSorted() without an order'],
    ["const x = [2, 1]['sort']()", 'sort() without an order'],
    ["const x = new Intl.NumberFormat('de')", 'Intl'],
    ['const x = (1).toLocaleString()', 'toLocaleString'],
    ["const x = 'a'.toLocaleUpperCase()", 'toLocaleUpperCase'],
    ["const x = 'a'.localeCompare('b')", 'localeCompare'],
    ['async function f() {}', 'async'],
    ['const f = async () => {}', 'async'],
    ['await f()', 'await'],
    ['for await (const x of y) {}', 'for await'],
    ['for (const k in {}) {}', 'for…in'],
    ['const x = process.env', 'process'],
    ['setTimeout(f, 1)', 'setTimeout'],
    ['setInterval(f, 1)', 'setInterval'],
    ['queueMicrotask(f)', 'queueMicrotask'],
    ['const p = Promise.resolve()', 'Promise'],
    ["console.log('x')", 'console'],
    ['const t = performance.now()', 'performance'],
    ['const x = globalThis', 'globalThis'],
    ['const x = crypto.randomUUID()', 'crypto'],
    ["const x = eval('1')", 'eval'],
    ["const x = require('fs')", 'require'],
    ["const x = import('./x.ts')", 'import()'],
    ['const x = import.meta.url', 'import.meta'],
    ['const x = { Date }', 'Date'],
    ['const x = { now: Date.now }', 'Date'],
  ])('%s', (text, what) => {
    expect(found(text)).toContain(what)
  })

  test('and what only looks like one is left alone', () => {
    const text = `
      type Row = { Date: number; process: string }
      const row: Row = { Date: 1, process: 'x' }
      const a = row.Date + Math.floor(Math.sqrt(2)) + Math.PI
      const b = [2, 1].sort((x, y) => x - y)
      const { process: name } = row
      function performance() {}
      performance()
      for (const k of Object.keys(row)) {}
      // Date.now(), Math.exp, 2 ** 3
      const text = 'Date.now()'
      class Thing { console() {} }`
    expect(found(text)).toEqual([])
  })

  test('an import of a built-in, of another layer, of a foreign package', () => {
    const text = `
      import fs from 'node:fs'
      import 'fs/promises'
      import { x } from '../recorders/tape/index.ts'
      import type { Y } from 'zod'
      export * from '@scope/name/sub.js'
      type Z = import('./z.ts').Z
      const page = new URL('./page.ts', import.meta.url)`
    expect(importsOf(parseText('core/planted.ts', text)).map((one) => one.file ?? one.package)).toEqual([
      'node:fs',
      'node:fs/promises',
      'recorders/tape/index.ts',
      'zod',
      '@scope/name',
      'core/z.ts',
      'core/page.ts',
    ])
    for (const name of ['node:fs', 'zod', '@scope/name', 'pure-rand-extra', '@noble/curves'])
      expect(PURE_PACKAGES.test(name), name).toBe(false)
  })
})

test('no file says any', () => {
  expect(anys(parseText('planted.ts', 'const x: any = 1; const y = x as any[]'))).toHaveLength(2)
  expect(allFiles().flatMap((file) => anys(parse(file)))).toEqual([])
})
