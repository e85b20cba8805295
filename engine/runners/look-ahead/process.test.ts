import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporary } from '../../../test/fixtures/folders.ts'
import { ChildError, startProcess } from './process.ts'

const root = temporary()
const job = {
  strategy: 'nothing',
  sources: null,
  datasets: [join(root, 'none')],
  config: {} as never,
  seed: 1,
  trace: { decisions: 1, intents: 1 },
}
const permissions = { read: [root], write: root, addons: false }

test('a question that fails is answered with what failed, and the process can be asked again', async () => {
  const child = startProcess({ argv: ['backtest'], cwd: root, env: {}, files: [], permissions })
  for (let i = 0; i < 2; i++) {
    const asked = child.ask({ kind: 'run', job, traces: [] })
    await expect(asked).rejects.toThrow(ChildError)
    await expect(asked).rejects.toThrow('no dataset there')
  }
  await child.stop()
  await child.stop()
})

test('a process that cannot start is an error of the question, not of the program', async () => {
  const child = startProcess({ argv: [], cwd: join(root, 'nowhere'), env: {}, files: [], permissions })
  await expect(child.ask({ kind: 'end' })).rejects.toThrow(/ended by itself.*ENOENT/)
  await child.stop()
})

test('a process that is stopped answers nothing more', async () => {
  const controller = new AbortController()
  const child = startProcess({
    argv: [],
    cwd: root,
    env: {},
    files: [],
    permissions,
    signal: controller.signal,
  })
  const asked = child.ask({ kind: 'run', job, traces: [] })
  controller.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
  await child.stop()
  expect(() =>
    startProcess({ argv: [], cwd: root, env: {}, files: [], permissions, signal: controller.signal }),
  ).toThrow('enough')
})
