import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { makePages, pageNames, ROOT, readPage } from './make/pages.ts'
import { runShipped } from './make/shipped.ts'

/** `npm run docs`: write what the documentation takes from the code, the data and a run on the shipped dataset. */
const run = await runShipped()
try {
  for (const [name, text] of await makePages(run)) {
    if (pageNames().includes(name) && readPage(name) === text) continue
    mkdirSync(dirname(join(ROOT, name)), { recursive: true })
    writeFileSync(join(ROOT, name), text)
    process.stdout.write(`${name}\n`)
  }
} finally {
  await run.remove()
}
