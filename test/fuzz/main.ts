import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { fuzz, makeWhole } from './fuzz.ts'
import { SUBJECTS } from './subjects.ts'

const HELP = `npm run fuzz: spoil files in every way and read them; whatever is no clear answer is printed.

  --minutes N      how long in all (default 10)
  --subject NAME   only this one; may be repeated: ${SUBJECTS.map(({ name }) => name).join(', ')}
  --seed N         the first seed (default 1000; any number)
  --help           this text

Ends with 1 where anything was found. A seed spoils alike every time:
  $ npm run fuzz -- --subject recording --seed 1234 --minutes 0
`
/** Mutants of a subject before the next one has its turn. */
const TURN = 25

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    subject: { type: 'string', multiple: true, default: [] },
    seed: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) process.stdout.write(HELP)
else process.exitCode = await main()

async function main(): Promise<number> {
  const chosen = SUBJECTS.filter(({ name }) => values.subject.length === 0 || values.subject.includes(name))
  const minutes = Number(values.minutes)
  const first = Number(values.seed)
  if (chosen.length === 0 || !(minutes >= 0) || !Number.isSafeInteger(first)) {
    process.stderr.write(HELP)
    return 2
  }
  const root = mkdtempSync(join(tmpdir(), 'lockstep-fuzz-'))
  const end_ms = performance.now() + minutes * 60_000
  let found = 0
  let tried = 0
  try {
    for (const subject of chosen) await makeWhole(subject, join(root, subject.name))
    for (let from = first; ; from += TURN) {
      for (const subject of chosen) {
        const count = minutes === 0 ? 1 : TURN
        const findings = await fuzz(subject, join(root, subject.name), from, count)
        tried += count
        found += findings.length
        for (const finding of findings) process.stdout.write(`${JSON.stringify(finding)}\n`)
        process.stderr.write(`${subject.name}: seeds ${from} to ${from + count - 1}, ${found} found so far\n`)
        if (performance.now() >= end_ms && minutes > 0) break
      }
      if (performance.now() >= end_ms) break
    }
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
  process.stdout.write(`${tried} spoiled, ${found} found\n`)
  return found === 0 ? 0 : 1
}
