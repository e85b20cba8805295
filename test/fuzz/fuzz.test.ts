import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporary } from '../fixtures/folders.ts'
import { fuzz, makeWhole } from './fuzz.ts'
import { SUBJECTS } from './subjects.ts'

/** What every run of the tests tries; `npm run fuzz` goes on from other seeds for as long as it is let. */
const MUTANTS = 12
const SEED = 1

const root = temporary()

test.concurrent.each(SUBJECTS)(
  '$name, spoiled: an answer that a person can act on, every time',
  { timeout: 120_000 },
  async (subject) => {
    const folder = join(root, subject.name)
    await makeWhole(subject, folder)
    expect(await fuzz(subject, folder, SEED, MUTANTS)).toEqual([])
  },
)
