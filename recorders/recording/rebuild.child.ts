import { writeSync } from 'node:fs'
import { makeNormaliser } from './fixtures.ts'
import { rebuildRecording } from './index.ts'

/**
 * A process that makes a recording again, for a test that kills it: `FROM TO JOURNAL`. It says each journal that it has taken, and
 * stands still behind the one that is named, so that the kill strikes there.
 */
const [from, to, at] = process.argv.slice(2)
await rebuildRecording(from!, to!, {
  normaliser: makeNormaliser,
  progress(done) {
    writeSync(1, `${done}\n`)
    if (done === Number(at)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  },
})
