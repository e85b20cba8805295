import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type TypeScript from 'typescript'
import { beforeAll, describe, expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { buildLab } from './build.ts'
import { flattenDeclarations } from './declarations.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const root = temporary()

/** The compiler inside tslab: what cells are checked with. */
const fromTslab = createRequire(createRequire(import.meta.url).resolve('tslab/package.json'))
const ts5 = fromTslab('@tslab/typescript-for-tslab') as typeof TypeScript

/** Faults that tslab's compiler finds in texts beside the declarations. */
function faults(files: Readonly<Record<string, string>>, dir: string): string[] {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text)
  const program = ts5.createProgram(
    Object.keys(files).map((name) => join(dir, name)),
    {
      module: ts5.ModuleKind.ESNext,
      moduleResolution: ts5.ModuleResolutionKind.Node10,
      target: ts5.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts'],
      types: ['node'],
      typeRoots: [join(dirname(fromTslab.resolve('@types/node/package.json')), '..')],
      strict: true,
      exactOptionalPropertyTypes: true,
      skipLibCheck: false,
      noEmit: true,
    },
  )
  return ts5
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || file.fileName.startsWith(dir))
    .map(({ messageText }) => ts5.flattenDiagnosticMessageText(messageText, '\n'))
}

describe('the declarations of the package', () => {
  const dist = join(root, 'node_modules/@lockstep/lab/dist')
  beforeAll(async () => {
    await buildLab(dist)
    const manifest = readFileSync(join(ROOT, 'notebooks/lockstep/package.json'), 'utf8')
    writeFileSync(join(dist, '../package.json'), manifest)
  })

  test('are one file that TypeScript 5.0 reads without a fault', () => {
    expect(ts5.version).toMatch(/^5\.0\./)
    const text = readFileSync(join(dist, 'index.d.ts'), 'utf8')
    expect(text).not.toMatch(/\bimport\b *[({'"]|\bfrom '/)
    expect(text).not.toMatch(/[:<|&,] *any\b/)
    expect(faults({ 'index.d.ts': text }, root)).toEqual([])
  })

  test('let a notebook’s code through, and not its mistakes', () => {
    const good = `
import { addResting, backtest, BID, chart, Gate, openDataset, sql, standAside, type Strategy, table, tokenBest } from '@lockstep/lab'
export async function cell(): Promise<void> {
  const dataset = await openDataset()
  const rows = await dataset.sql<{ at: Date; spread: number }>('SELECT 1')
  const widest: number = Math.max(...rows.map((row) => row.spread))
  const mine: Strategy<{ last: number }> = {
    name: 'mine',
    settings: { size: { type: 'number', default: 5, min: 1, max: 10, unit: 'shares', doc: 'size' } },
    needs_model: false,
    init: (config, markets) => ({ last: markets + Number(config.size) }),
    on(state, view, desired) {
      if (view.best_bid < 0) standAside(desired, Gate.NO_BOOK)
      else addResting(desired, 0, 1, 0, tokenBest(view.book, 0, BID), state.last, false)
    },
  }
  const run = await backtest({ dataset, strategy: mine, fill: 'depth', params: { 'risk.per_trade': widest } })
  const fills = await run.table('fills')
  const price: Float64Array = fills.numbers('price')
  const { html } = await chart(run, 'equity', 'wide')
  const hash: string = run.state_hash + html + table(await sql('SELECT 1', { data: [dataset, 'x'] })) + price[0]
  console.log(hash, run.figures.net_pnl_usdc.toFixed(2), dataset.manifest.inferred[0]?.agreement)
}
`
    expect(faults({ 'good.ts': good }, root)).toEqual([])
    const wrong = [
      ['backtest({ fil: "bbo" })', /fil/],
      ['backtest({ fill: "best" })', /"best"/],
      ['backtest({ strategy: { name: "x" } })', /Strategy/],
      ['openDataset(1)', /number/],
      ['backtest().then((run) => run.state_hsh)', /state_hsh/],
      ['chart(null as never, "nothing")', /"nothing"/],
      ['FILL_MODELS', /FILL_MODELS/],
    ] as const
    const lines = wrong.map(([mistake], i) => `export const x${i} = lab.${mistake}`)
    const found = faults({ 'wrong.ts': `import * as lab from '@lockstep/lab'\n${lines.join('\n')}\n` }, root)
    for (const [mistake, fault] of wrong) {
      expect(
        found.filter((one) => fault.test(one)),
        mistake,
      ).not.toEqual([])
    }
    expect(found).toHaveLength(wrong.length)
  })

  test('declare what the built package exports, and nothing else', () => {
    const text = readFileSync(join(dist, 'index.d.ts'), 'utf8')
    const declared = [...text.matchAll(/^export declare (?:function|const|class) (\w+)/gm)].map((m) => m[1]!)
    const module = readFileSync(join(dist, 'index.cjs'), 'utf8')
    const [, list] = /__export\(index_exports, \{([\s\S]*?)\}\);/.exec(module)!
    const exported = [...list!.matchAll(/^\s+(\w+): \(\) =>/gm)].map((m) => m[1]!)
    expect(exported.length).toBeGreaterThan(10)
    expect(declared.sort()).toEqual(exported.sort())
  })
})

describe('flattening', () => {
  let folders = 0
  const flatten = (files: Readonly<Record<string, string>>) => {
    const dir = join(root, `flatten-${folders++}`)
    mkdirSync(dir)
    const config = {
      compilerOptions: {
        module: 'nodenext',
        strict: true,
        allowImportingTsExtensions: true,
        noEmit: true,
        types: [],
      },
    }
    const all = { 'tsconfig.json': JSON.stringify(config), 'package.json': '{"type":"module"}', ...files }
    for (const [name, text] of Object.entries(all)) {
      mkdirSync(dirname(join(dir, name)), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
    return flattenDeclarations(join(dir, 'index.ts'), join(dir, 'tsconfig.json'), dir)
  }

  test('follows names through imports, namespaces and aliases, and keeps apart what is named alike', () => {
    const text = flatten({
      'index.ts': `
import * as shapes from './shapes.ts'
import { type Size as Extent } from './size.ts'
export type Size = { own: true }
export type Shape = shapes.Shape
export function measure<Shape2>(shape: shapes.Shape, by: Extent, x: Shape2): Size { return { own: true } }
export { ROUND as round } from './shapes.ts'`,
      'shapes.ts': `
/** About the file. */
/** A shape. */
export type Shape = { size: Size; kind: Kind }
type Size = number
const KINDS = ['square', 'round'] as const
export type Kind = (typeof KINDS)[number]
export const ROUND: Kind = 'round'
export const SQUARE: Kind = 'square'`,
      'size.ts': 'export type Size = { w: number; h: number }',
    })
    expect(text).toContain('export type Size = {')
    expect(text).toContain('/** A shape. */\nexport type Shape = {')
    expect(text).not.toContain('About the file')
    expect(text).toMatch(/size: Size\d/)
    expect(text).toMatch(/export type Size\d = number/)
    expect(text).toMatch(/measure<Shape2>\(shape: Shape, by: Size\d, x: Shape2\): Size;/)
    expect(text).toMatch(/^declare const KINDS:/m)
    expect(text).toContain('export declare const round: Kind')
    expect(text).not.toContain('SQUARE')
    expect(faults({ 'flat.d.ts': text, 'use.ts': USE }, root)).toEqual([])
  })

  test('refuses a type of a package and one without a name, saying where', () => {
    expect(() =>
      flatten({
        'index.ts': "import type { Thing } from 'thing'\nexport type Face = { thing: Thing }",
        'node_modules/thing/package.json': '{"name":"thing","types":"index.d.ts"}',
        'node_modules/thing/index.d.ts': 'export type Thing = { a: 1 }',
      }),
    ).toThrow(/index\.ts shows Thing, a type of node_modules\/thing\/index\.d\.ts: declare it plainly/)
    expect(() =>
      flatten({
        'index.ts': "import { make } from './make.ts'\nexport const made = make()",
        'make.ts': 'export type Made = { a: 1 }\nexport function make(): Made { return { a: 1 } }',
      }),
    ).toThrow(/index\.ts leaks import\("\.\/make\.ts"\)\.Made: name that type/)
  })
})

const USE = `
import { measure, round, type Shape } from './flat'
const shape: Shape = { size: 1, kind: round }
export const own: true = measure(shape, { w: 1, h: 2 }, 'x').own
`
