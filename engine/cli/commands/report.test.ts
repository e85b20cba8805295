import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeRun, writeRun } from '../../../test/golden/report/synthetic.ts'
import { capture } from '../capture.ts'
import { runCli } from '../run.ts'

const root = mkdtempSync(join(tmpdir(), 'lockstep-cli-report-'))
afterAll(() => rmSync(root, { recursive: true }))

async function report(argv: string[]) {
  const { io, out, err } = capture({ cwd: root })
  const code = await runCli(['report', ...argv], io)
  return { code, out: out(), err: err() }
}

test('the report is drawn in the run folder, and its path is the answer', async () => {
  await writeRun(join(root, 'run'), makeRun({ seed: 2, windows: 2 }))
  const path = join(root, 'run', 'report.html')
  expect(await report(['run', '--json'])).toEqual({ code: 0, out: `{"report":"${path}"}\n`, err: '' })
  expect(readFileSync(path, 'utf8')).toMatch(/^<!doctype html>/)
  expect(await report(['run'])).toEqual({ code: 0, out: `${path}\n`, err: '' })
})

test('a folder that is no run ends with 1, names the file and writes nothing', async () => {
  const { code, out, err } = await report(['nowhere', '--json'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(JSON.parse(err)).toMatchObject({ code: 'report.no_run', file: join(root, 'nowhere/run.json') })
  expect(existsSync(join(root, 'nowhere'))).toBe(false)
})

test('no folder given is a mistake of usage', async () => {
  expect((await report([])).code).toBe(2)
})
