// The kernel of notebooks brings an older TypeScript of its own, and npm links its `tsc` over the project's. The last step of
// an installation links the project's again, so that `npx tsc` is what `npm run check` runs.
import { lstatSync, rmSync, symlinkSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../node_modules/.bin/', import.meta.url))

for (const name of ['tsc', 'tsserver']) {
  const link = `${BIN}${name}`
  // Where npm writes scripts in the place of links, they are left as they are.
  if (lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink() !== true) continue
  rmSync(link)
  symlinkSync(`../typescript/bin/${name}`, link)
}
