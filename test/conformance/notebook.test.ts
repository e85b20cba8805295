import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporary } from '../fixtures/folders.ts'
import { executeNotebook } from './jupyter.ts'

/** The kernel's messages are right by its own client in `test/notebooks`; here Jupyter itself says so. */

const NOTEBOOKS = fileURLToPath(new URL('../../notebooks/', import.meta.url))
const scratch = temporary()

test('Jupyter executes the first notebook to its end', () => {
  const { code, stderr, cells } = executeNotebook(join(NOTEBOOKS, '01-first-look.ipynb'), NOTEBOOKS, scratch)
  expect(code, stderr).toBe(0)
  const run = cells.filter((cell) => cell.cell_type === 'code')
  expect(run.length).toBeGreaterThan(4)
  for (const cell of run) expect(cell.execution_count).toBeGreaterThan(0)
}, 600_000)
