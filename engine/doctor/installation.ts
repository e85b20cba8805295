import { accessSync, constants, readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the project. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Something that is not as it should be. An `error` stops work, a `warning` takes one feature away. */
export type Problem = { severity: 'error' | 'warning'; what: string; fix: string }

/** The process and the machine under it. Bits are promised for the pinned Node. */
export type Runtime = {
  node: string
  pinned: string
  path: string
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
  devDependencies?: Record<string, string>
}

/** Node, as it runs and as it is pinned, and the machine. */
export function runtime(root = ROOT): Runtime {
  return {
    node: process.versions.node,
    pinned: readPackage(root)?.dependencies?.node ?? '',
    path: process.execPath,
    platform: process.platform,
    arch: process.arch,
    cpus: availableParallelism(),
    memory_gib: Math.round(totalmem() / GIB),
  }
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
  return [...list(file?.dependencies, false), ...list(file?.devDependencies, true)]
}

/** Programs that some features use, where PATH has them. */
export function tools(path: string): Tool[] {
  return TOOLS.map(({ name, used_for, programs }) => ({ name, used_for, path: find(programs, path) }))
}

/** What is wrong with them. */
export function problemsOf(node: Runtime, deps: readonly Package[], programs: readonly Tool[]): Problem[] {
  const problems: Problem[] = []
  if (node.node !== node.pinned) {
    problems.push({
      severity: 'warning',
      what: `Node ${node.node} runs, not the pinned ${node.pinned}: state hashes may differ from those of others`,
      fix: 'start with `npm run engine --`, which uses the pinned one',
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
  return problems
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
