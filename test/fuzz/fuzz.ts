import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Subject } from './subjects.ts'

/** Something that a spoiled file did to us. */
export type Finding = { subject: string; seed: number; file: string; what: string }

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
/** One mutant may take so long before the process counts as stuck. */
const STUCK_MS = 60_000
/** Heap of the process that reads spoiled files, MiB: what wants more is a finding. */
const HEAP_MB = 1_024

/** Make a subject whole in a folder of its own. */
export async function makeWhole(subject: Subject, root: string): Promise<void> {
  mkdirSync(join(root, 'whole'), { recursive: true })
  await subject.make(join(root, 'whole'))
}

/**
 * Spoil a subject `count` times, with seeds from `from` on, in a process of its own; one more process for what is left
 * where a mutant ends it.
 *
 * @param root a folder that {@link makeWhole} filled
 */
export async function fuzz(subject: Subject, root: string, from: number, count: number): Promise<Finding[]> {
  const findings: Finding[] = []
  for (let next = from; next < from + count; ) {
    const { at, file, ended } = await run(subject, root, next, from + count - next, findings)
    if (ended === null) break
    findings.push({ subject: subject.name, seed: at, file, what: ended })
    next = at + 1
  }
  return findings
}

type Said = {
  begin?: number
  file?: string
  found?: number
  command?: string
  wrong?: string
  done?: boolean
}

/** One process. `ended`: how it ended before it was done; null for done. */
async function run(
  { name }: Subject,
  root: string,
  from: number,
  count: number,
  findings: Finding[],
): Promise<{ at: number; file: string; ended: string | null }> {
  const words = ['--subject', name, '--folder', root, '--from', String(from), '--count', String(count)]
  const child = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, CHILD, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let at = from
  let file = ''
  let done = false
  let stuck = false
  let last = ''
  const watch = () =>
    setTimeout(() => {
      stuck = true
      child.kill('SIGKILL')
    }, STUCK_MS)
  let timer = watch()
  child.stderr.on('data', (bytes: Buffer) => {
    last = `${last}${bytes.toString('utf8')}`.slice(-1_000)
  })
  const exit = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(`code ${code}, signal ${signal}`))
  })
  for await (const line of createInterface({ input: child.stdout })) {
    clearTimeout(timer)
    timer = watch()
    const said = JSON.parse(line) as Said
    if (said.begin !== undefined) {
      at = said.begin
      file = said.file!
    }
    if (said.found !== undefined)
      findings.push({
        subject: name,
        seed: said.found,
        file: said.file!,
        what: `${said.command}: ${said.wrong}`,
      })
    if (said.done === true) done = true
  }
  clearTimeout(timer)
  const how = await exit
  if (done) return { at, file, ended: null }
  return { at, file, ended: stuck ? `nothing for ${STUCK_MS / 1_000} s` : `ended with ${how}: ${last}` }
}
