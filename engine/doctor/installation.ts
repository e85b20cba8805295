import { accessSync, constants, readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Fault, faultOf, isInstalled, KNOWN, VERSION } from '../bin/pinned-node.mjs'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Something that is not as it should be. An `error` stops work, a `warning` takes one feature away. */
export type Problem = { severity: 'error' | 'warning'; what: string; fix: string }

/** The process and the machine under it. Bits are promised for the pinned Node. */
export type Runtime = {
  node: string
  pinned: string
  path: string
  /**
   * Whether the program is, byte for byte, the one that is recorded for this version and platform; `unknown` for another
   * version, or a platform without a record.
   */
  binary: 'as recorded' | 'another' | 'unknown'
  platform: string
  arch: string
  cpus: number
  memory_gib: number
}

/** A dependency: what package.json asks for and what is there. */
export type Package = { name: string; wanted: string; installed: string | null; development: boolean }

/** A program outside of the project that a feature uses. */
export type Tool = { name: string; used_for: string; path: string | null }

const TOOLS: readonly { name: string; used_for: string; programs: readonly string[] }[] = [
  {
    name: 'chromium',
    used_for: 'browser tests',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
  },
  { name: 'jupyter', used_for: 'notebooks', programs: ['jupyter-lab', 'jupyter'] },
]

const GIB = 2 ** 30

type PackageFile = {
  version: string
  dependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  devDependencies?: Record<string, string>
}

/** Node, as it runs and as it is pinned, and the machine. */
export function runtime(): Runtime {
  const fault = binaryFault()
  return {
    node: process.versions.node,
    pinned: VERSION,
    path: process.execPath,
    binary: fault === undefined ? 'unknown' : fault === null ? 'as recorded' : 'another',
    platform: process.platform,
    arch: process.arch,
    cpus: availableParallelism(),
    memory_gib: Math.round(totalmem() / GIB),
  }
}

/** What is wrong with the program that runs; undefined where nothing is recorded to hold it against. */
function binaryFault(): Fault | null | undefined {
  return process.versions.node === VERSION && KNOWN !== null ? faultOf(process.execPath) : undefined
}

/** Every dependency of package.json with the version that is installed. */
export function packages(root = ROOT): Package[] {
  const file = readPackage(root)
  const list = (entries: Record<string, string> = {}, development: boolean): Package[] =>
    Object.entries(entries).map(([name, wanted]) => ({
      name,
      wanted,
      installed: readPackage(join(root, 'node_modules', name))?.version ?? null,
      development,
    }))
  // Of the packages that bring a Node, the one of this platform.
  const node = Object.entries(file?.optionalDependencies ?? {}).filter(([name]) => name === KNOWN?.package)
  return [
    ...list(file?.dependencies, false),
    ...list(Object.fromEntries(node), false),
    ...list(file?.devDependencies, true),
  ]
}

/** Programs that some features use, where PATH has them. */
export function tools(path: string): Tool[] {
  return TOOLS.map(({ name, used_for, programs }) => ({ name, used_for, path: find(programs, path) }))
}

/** What is wrong with them, errors first. */
export function problemsOf(node: Runtime, deps: readonly Package[], programs: readonly Tool[]): Problem[] {
  const problems: Problem[] = []
  if (node.node !== node.pinned) {
    problems.push({
      severity: 'warning',
      what: `Node ${node.node} runs, not the pinned ${node.pinned}: state hashes may differ from those of others`,
      fix: 'start with `npm run engine --`, which uses the pinned one',
    })
  }
  if (node.binary === 'another') {
    // Another build of the same version may be the user's own; what npm brought may not be another.
    problems.push({
      severity: isInstalled(node.path) ? 'error' : 'warning',
      what: `${node.path} is not the Node ${node.pinned} that is recorded: state hashes may differ from those of others`,
      fix: 'remove node_modules and run `npm ci`, and start with `npm run engine --`',
    })
  }
  for (const { name, wanted, installed, development } of deps) {
    if (installed === wanted) continue
    problems.push({
      severity: development ? 'warning' : 'error',
      what:
        installed === null ? `package ${name} is missing` : `package ${name} is ${installed}, not ${wanted}`,
      fix: 'run `npm ci`',
    })
  }
  for (const { name, used_for, path } of programs) {
    if (path !== null) continue
    problems.push({
      severity: 'warning',
      what: `${name} is not on PATH: no ${used_for}`,
      fix: `install ${name}`,
    })
  }
  return errorsFirst(problems)
}

/** In their order, those that stop work before those that take a feature away. */
export function errorsFirst(problems: readonly Problem[]): Problem[] {
  return ['error', 'warning'].flatMap((severity) => problems.filter((one) => one.severity === severity))
}

function readPackage(folder: string): PackageFile | null {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageFile
  } catch {
    return null
  }
}

function find(programs: readonly string[], path: string): string | null {
  for (const program of programs) {
    for (const folder of path.split(delimiter)) {
      const file = join(folder, program)
      try {
        accessSync(file, constants.X_OK)
        return file
      } catch {} // not here
    }
  }
  return null
}
