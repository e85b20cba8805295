import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporary } from '../../test/fixtures/folders.ts'
import { CORE, readSources } from './sources.ts'
import { checkTypes } from './types.ts'

const root = temporary()

async function checked(texts: Record<string, string>): Promise<void> {
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(root, name), text)
  checkTypes(await readSources(join(root, Object.keys(texts)[0]!)), root)
}

const strategy = (on: string) => `import { addResting, type Strategy } from '@lockstep/lab'
import { size } from './size.ts'
export const strategy: Strategy<{ n: number }> = {
  name: 'typed', settings: {}, needs_model: false, init: () => ({ n: 1 }),
  on(state, view, desired) { ${on} },
}
`
const FINE = 'addResting(desired, 0, 1, 0, view.best_bid, size * state.n, false)'
const SIZE = 'export const size = 5_000_000\n'

test('a strategy with right types passes, by the facade and by paths into the core', async () => {
  await checked({ 'a.ts': strategy(FINE), 'size.ts': SIZE })
  const by_path = strategy(FINE).replace('@lockstep/lab', `${CORE}strategies/strategy.ts`)
  await checked({ 'b.ts': by_path, 'size.ts': SIZE })
})

test('type errors are said with file and line, also in what it imports, and before anything runs', async () => {
  const error = await checked({
    'c.ts': `${strategy("addResting(desired, 0, 1, 0, view.best_bit, 'five', false)")}throw new Error('ran')`,
    'size.ts': 'export const size: number = null\n',
  }).catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({ code: 'strategy.types', file: join(root, 'c.ts') })
  expect((error as Error).message).toMatch(/3 type errors: c\.ts:5 .*best_bit.*c\.ts:5 .*size\.ts:1 /)
})
