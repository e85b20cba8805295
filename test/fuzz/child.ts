import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Rng } from '../../core/random/index.ts'
import { TEXT } from '../../recorders/limits.ts'
import { cli } from '../fixtures/cli.ts'
import { mutate } from './mutate.ts'
import { SUBJECTS, type Subject } from './subjects.ts'

/**
 * Spoils a subject again and again and runs its commands on each spoiled copy, in this process, so that what ends the
 * process is seen by the parent. Says on stdout, a JSON line each, what it begins and what it found.
 */
const { values } = parseArgs({
  options: {
    subject: { type: 'string' },
    folder: { type: 'string' },
    from: { type: 'string' },
    count: { type: 'string' },
  },
})
const subject = SUBJECTS.find(({ name }) => name === values.subject)!
const root = values.folder!
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)

/** Names this consumer of chance. */
const STREAM = 78
/** A message longer than this quotes what it should not. */
const MESSAGE_MAX = TEXT.message

const expected = await meaning(join(root, 'whole'), join(root, 'out-whole'))
for (let seed = Number(values.from); seed < Number(values.from) + Number(values.count); seed++) {
  const copy = join(root, `spoiled-${seed}`)
  cpSync(join(root, 'whole'), copy, { recursive: true })
  const file = spoil(subject, copy, seed)
  say({ begin: seed, file })
  for (const [i, words] of subject.commands.entries()) {
    const out = join(root, `out-${seed}-${i}`)
    const argv = filled(words, copy, out)
    const { ok, wrong } = judge(await cli([...argv, '--json'], { cwd: root }))
    if (wrong !== null) say({ found: seed, file, command: words.join(' '), wrong })
    rmSync(out, { recursive: true, force: true })
    if (i > 0 || !ok || expected === null) continue
    const now = await meaning(copy, `${out}-same`)
    if (now !== null && now !== expected)
      say({
        found: seed,
        file,
        command: words.join(' '),
        wrong: `accepted, and means ${now}, not ${expected}`,
      })
  }
  rmSync(copy, { recursive: true, force: true })
}
say({ done: true })

function spoil({ files = /./ }: Subject, folder: string, seed: number): string {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && files.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  const rng = Rng.create(seed, STREAM)
  const file = names[Rng.below(rng, names.length)]!
  writeFileSync(file, mutate(readFileSync(file), seed))
  return file.slice(folder.length + 1)
}

function filled(words: readonly string[], copy: string, out: string): string[] {
  mkdirSync(root, { recursive: true })
  return words.map((word) =>
    word === 'OUT' ? out : word === 'IN' ? copy : word.replace(/^IN\//, `${copy}/`),
  )
}

/** What the content means by the subject's own word; null where that is not asked or not answered. */
async function meaning(copy: string, out: string): Promise<string | null> {
  const { same } = subject
  if (same === undefined) return null
  const ran = await cli([...filled(same.command, copy, out), '--json'], { cwd: root })
  rmSync(out, { recursive: true, force: true })
  if (ran.code !== 0) return null
  const said = JSON.parse(ran.out) as Record<string, unknown>
  return JSON.stringify(same.fields.map((field) => said[field]))
}

/** Any outcome is right that a person can act on: done, or one error of ours in one line. */
function judge({ code, out, err }: { code: number; out: string; err: string }): {
  ok: boolean
  wrong: string | null
} {
  if (code === 0) return { ok: true, wrong: null }
  const wrong = (what: string) => ({ ok: false, wrong: `${what}: ${err.slice(0, 600)}${out.slice(0, 100)}` })
  if (code !== 1 && code !== 2) return wrong(`exit code ${code}`)
  const last = err.trimEnd().split('\n').at(-1) ?? ''
  let report: Record<string, unknown>
  try {
    report = JSON.parse(last) as Record<string, unknown>
  } catch {
    // A result that is bad news is on stdout: not equal, not verified.
    return out.trim().startsWith('{') ? { ok: false, wrong: null } : wrong('no error object')
  }
  const { code: name, message, fix } = report
  if (typeof name !== 'string' || name.startsWith('internal.')) return wrong('a defect')
  if (typeof message !== 'string' || typeof fix !== 'string') return wrong('no message or no fix')
  if (message.length > MESSAGE_MAX) return wrong(`a message of ${message.length} characters`)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
  if (/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/.test(message))
    return wrong('control characters')
  return { ok: false, wrong: null }
}
