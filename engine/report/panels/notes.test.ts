import { expect, test } from 'vitest'
import { makeRun } from '../../../test/golden/report/synthetic.ts'
import type { ReportData } from '../data.ts'
import type { RunFile } from '../run-file.ts'
import { knownLies } from './notes.ts'

function lies(change: (run: RunFile) => void): string {
  const { run } = makeRun({ seed: 5, windows: 3 })
  change(run)
  return knownLies({ run, windows: [] } as unknown as ReportData)
    .map(({ text }) => text)
    .join('\n')
}

test('outcomes that the venue overruled are named, the first of many', () => {
  const slugs = Array.from({ length: 10 }, (_, i) => `window-${i}`)
  const text = lies((run) => Object.assign(run, { conflicts: 11, conflict_windows: slugs }))
  expect(text).toContain("11 outcomes stood until the venue's own word was another")
  expect(text).toContain('window-0, window-1')
  expect(text).toContain('window-7 and 2 more')
  expect(lies(() => {})).not.toContain("the venue's own word was another")
})

test('a stand-in is told apart from the series that the rules name', () => {
  const text = lies(({ windows }) => Object.assign(windows, { settlement: 5, stand_in: 2 }))
  expect(text).toContain('2 windows settled by a stand-in series')
  expect(text).toContain("3 windows settled by the series that the venue's rules name")
})
