/**
 * What is lost when things go wrong: `npm run soak -- --help`. The recorder is killed, its venue misbehaves, its disk is full, its
 * network is cut; afterwards what it kept is held against what was sent, and what is missing against what it says is missing.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { table } from '../../engine/cli/output.ts'
import { CUT_CASES } from './soak/cut-cases.ts'
import { failingDisk, playDisk, smallDisk } from './soak/disk.ts'
import { FAULT_CASES } from './soak/fault-cases.ts'
import { playFault } from './soak/faults.ts'
import { playKills } from './soak/kills.ts'
import { complaints, MEASURED, type Measured, machineNow } from './soak/measured.ts'
import * as Tables from './soak/table.ts'

const PARTS = ['kills', 'faults', 'disk', 'cut'] as const

/** Small disks, and how they are treated. */
const SMALL = [
  ['full-disk', 'full', {}],
  ['full-disk-patience', 'full, at a venue that waits for 256 KiB', { patience_bytes: 1 << 18 }],
  ['full-disk-flood', 'full, in a flood, with 10 kB of memory', { flood: true }],
] as const

const HELP = `npm run soak: what is lost when things go wrong. Some six minutes.

  --only <list>   some of ${PARTS.join(', ')} (default: all)
  --kills <n>     how often the recorder is killed (default: 50)
  --seed <n>      of the moments at which it is (default: 1)
  --keep          keep the figures beside the script; npm run docs makes the page of them
  --json          one JSON object on stdout

Exit code 1 when anything is missing that the recorder does not tell.
`

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: PARTS.join(',') },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
const asked = values.only.split(',')
const unknown = asked.find((part) => !PARTS.some((known) => known === part))

if (values.help) process.stdout.write(HELP)
else if (unknown !== undefined) {
  process.stderr.write(`${unknown} is no part: use some of ${PARTS.join(', ')}\n`)
  process.exitCode = 2
} else await main()

async function main(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'lockstep-soak-'))
  try {
    const measured = await measure(scratch)
    if (values.keep) await writeFile(MEASURED, `${JSON.stringify(measured, null, 2)}\n`)
    process.stdout.write(values.json ? `${JSON.stringify(measured)}\n` : printed(measured))
    const wrong = complaints(measured)
    for (const one of wrong) say(one)
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function measure(scratch: string): Promise<Measured> {
  const found: Measured = { ...machineNow(), kills: null, faults: null, disk: null, cut: null }
  async function folder(name: string): Promise<string> {
    say(name)
    const dir = join(scratch, name)
    await mkdir(dir)
    return dir
  }
  if (asked.includes('kills'))
    found.kills = await playKills(await folder('kills'), Number(values.kills), Number(values.seed), {
      progress: say,
    })
  if (asked.includes('faults')) {
    found.faults = []
    for (const one of FAULT_CASES) found.faults.push(await playFault(await folder(one.name), one))
  }
  if (asked.includes('disk')) found.disk = await playDisks(folder)
  if (asked.includes('cut')) {
    found.cut = []
    for (const one of CUT_CASES)
      found.cut.push(await playFault(await folder(one.name), one, { patient: true }))
  }
  return found
}

async function playDisks(folder: (name: string) => Promise<string>): Promise<Measured['disk']> {
  const found: Measured['disk'] = []
  const slow = await folder('slow-disk')
  found.push(await playDisk('stuck, then goes on', failingDisk(slow, 'stuck'), join(slow, 'sent.jsonl')))
  for (const [name, what, options] of SMALL) {
    const dir = await folder(name)
    const disk = await smallDisk(join(dir, 'disk'))
    if ('skipped' in disk) found.push({ what, ...disk })
    else found.push(await playDisk(what, disk, join(dir, 'sent.jsonl'), options))
  }
  return found
}

function printed(measured: Measured): string {
  const show = ({ head, rows }: Tables.Text) => table({ color: false }, head, rows)
  const { kills, faults, disk, cut } = measured
  return [
    Tables.circumstances(measured),
    ...(kills === null ? [] : [show(Tables.kills(kills))]),
    ...(faults === null ? [] : [show(Tables.faults(faults))]),
    ...(disk === null ? [] : [show(Tables.disks(disk))]),
    ...(cut === null ? [] : [show(Tables.faults(cut))]),
    '',
  ].join('\n')
}

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}
