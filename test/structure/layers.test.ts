import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Import, importsOf } from '../../engine/purity/source.ts'
import manifest from '../../package.json' with { type: 'json' }
import vitest from '../../vitest.config.ts'
import { allFiles, filesOf, isTest, LAYERS, parse, ROOT } from './project.ts'

const files = allFiles()
const imports = files.flatMap((file) => importsOf(parse(file)))

/** Place of a file in the order of layers; what serves the product stands above all of it. */
function rank(file: string): number {
  const layer = LAYERS.findIndex((name) => file.startsWith(`${name}/`))
  return layer < 0 ? LAYERS.length : layer
}

/** Code of a higher layer is asked for; only tests may reach for what stands in `test/`. */
function isUpward({ from, file }: Import): boolean {
  if (file === null || !/\.(ts|mjs)$/.test(file)) return false
  return rank(file) > rank(from) && !(isTest(from) && rank(file) === LAYERS.length)
}

describe('layers', () => {
  test('are imported one way: core, recorders, live-bridge, engine, notebooks', () => {
    const upward = imports.filter(isUpward)
    expect(upward.map(({ from, line, specifier }) => `${from}:${line} ${specifier}`)).toEqual([])
  })

  test('a planted import against the order is found', () => {
    const one = (from: string, file: string): Import => ({
      from,
      file,
      package: null,
      specifier: file,
      line: 1,
    })
    expect(isUpward(one('core/a.ts', 'recorders/b.ts'))).toBe(true)
    expect(isUpward(one('recorders/a.ts', 'engine/b.ts'))).toBe(true)
    expect(isUpward(one('engine/a.ts', 'notebooks/lockstep/b.ts'))).toBe(true)
    expect(isUpward(one('engine/a.ts', 'test/b.ts'))).toBe(true)
    expect(isUpward(one('core/a.test.ts', 'engine/b.ts'))).toBe(true)
    expect(isUpward(one('core/a.test.ts', 'test/b.ts'))).toBe(false)
    expect(isUpward(one('engine/a.ts', 'core/b.ts'))).toBe(false)
    expect(isUpward(one('test/a.ts', 'engine/b.ts'))).toBe(false)
  })

  test('every import finds its file', () => {
    // Folders that are named by a URL need not exist yet.
    const lost = imports.filter(
      ({ file }) => file !== null && /\.\w+$/.test(file) && !existsSync(join(ROOT, file)),
    )
    expect(lost.map(({ from, line, specifier }) => `${from}:${line} ${specifier}`)).toEqual([])
  })
})

/**
 * Files that are started, not imported: scripts of package.json, files that a folder's reader finds by name, and those that
 * ask whether they were started.
 */
const STARTED = [
  ...Object.values(manifest.scripts).flatMap((script) =>
    [...script.matchAll(/\b[\w/.-]+\.(?:ts|mjs)\b/g)].map(([file]) => file),
  ),
  ...[vitest.test?.setupFiles ?? [], vitest.test?.globalSetup ?? []].flat(),
  ...filesOf('engine/bin'),
  ...filesOf('engine/cli/commands'),
  ...files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes('if (import.meta.main)')),
]

/** Longest source file, in lines: a file is a room. */
const LINES_MAX = 350
/** Sources that are longer, each with its reason. */
const LONGER: Readonly<Record<string, string>> = {}

describe('files', () => {
  test('are all used: imported by more than their own test, or started', () => {
    const used = new Set(STARTED)
    for (const { from, file } of imports) {
      if (file !== null && from !== file.replace(/\.ts$/, '.test.ts')) used.add(file)
    }
    const dead = files.filter((file) => !used.has(file) && !/\.test\.ts$/.test(file))
    expect(dead).toEqual([])
  })

  test('are no longer than a reader keeps in mind', () => {
    const long = files
      .filter((file) => !isTest(file))
      .map((file) => ({ file, lines: readFileSync(join(ROOT, file), 'utf8').split('\n').length - 1 }))
      .filter(({ file, lines }) => lines > LINES_MAX && !Object.hasOwn(LONGER, file))
    expect(long).toEqual([])
  })

  test('have names that say what is in them', () => {
    expect(files.filter((file) => /(^|\/)(utils?|helpers?|common|misc|manager)(\.|\/)/.test(file))).toEqual(
      [],
    )
  })
})
