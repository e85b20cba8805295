import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { VERSION } from '../bin/pinned-node.mjs'
import { errorsFirst, packages, problemsOf, runtime, tools } from './index.ts'

const root = mkdtempSync(join(tmpdir(), 'doctor-'))
afterAll(() => rmSync(root, { recursive: true }))

function write(path: string, text: string): string {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, text)
  return file
}

test('this installation is whole', () => {
  const deps = packages()
  expect(deps.length).toBeGreaterThan(20)
  expect(deps.filter((dep) => dep.installed !== dep.wanted)).toEqual([])
  expect(runtime()).toMatchObject({ pinned: process.versions.node, binary: 'as recorded' })
  expect(deps.filter((dep) => dep.name.startsWith('node-')).map((dep) => dep.wanted)).toEqual([VERSION])
})

test('a Node that is not as recorded is an error where npm brought it, of somebody’s own a warning', () => {
  const node = { ...runtime(), binary: 'another' as const }
  expect(problemsOf({ ...node, path: process.execPath }, [], [])).toMatchObject([{ severity: 'error' }])
  expect(problemsOf({ ...node, path: '/bin/sh' }, [], [])).toMatchObject([{ severity: 'warning' }])
})

test('errors stand before warnings, whatever was looked at first', () => {
  const problems = (['warning', 'error', 'warning', 'error'] as const).map((severity, i) => ({
    severity,
    what: String(i),
    fix: '',
  }))
  expect(errorsFirst(problems).map(({ what }) => what)).toEqual(['1', '3', '0', '2'])
})

test('a package that is missing or another version is an error, of development only a warning', () => {
  write(
    'package.json',
    JSON.stringify({ dependencies: { c: '24.0.0', a: '1.0.0' }, devDependencies: { b: '2.0.0' } }),
  )
  write('node_modules/c/package.json', '{"version":"24.0.0"}')
  write('node_modules/b/package.json', '{"version":"2.0.1"}')
  const deps = packages(root)
  expect(deps).toEqual([
    { name: 'c', wanted: '24.0.0', installed: '24.0.0', development: false },
    { name: 'a', wanted: '1.0.0', installed: null, development: false },
    { name: 'b', wanted: '2.0.0', installed: '2.0.1', development: true },
  ])
  const node = runtime()
  expect(problemsOf(node, deps, [])).toMatchObject([
    { severity: 'error', what: 'package a is missing', fix: 'run `npm ci`' },
    { severity: 'warning', what: 'package b is 2.0.1, not 2.0.0' },
  ])
})

test('another Node than the pinned one is said', () => {
  const node = { ...runtime(), node: '26.0.0' }
  expect(problemsOf(node, [], [])).toMatchObject([
    { severity: 'warning', what: expect.stringContaining('26.0.0') },
  ])
})

test('programs are looked for in the order of PATH, and must be executable', () => {
  write('first/chromium', 'text')
  const program = write('second/chromium', '#!/bin/sh')
  chmodSync(program, 0o755)
  const found = tools([join(root, 'first'), join(root, 'second')].join(delimiter))
  expect(found.find((tool) => tool.name === 'chromium')!.path).toBe(program)
  expect(found.find((tool) => tool.name === 'jupyter')!.path).toBeNull()
  expect(problemsOf({ ...runtime(), node: runtime().pinned }, [], found)).toMatchObject([
    { severity: 'warning', what: 'jupyter is not on PATH: no notebooks' },
  ])
})
