import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import manifest from '../../package.json' with { type: 'json' }
import { canonicalJson, rolesOf } from '../../recorders/tape/index.ts'
import type { Tape } from './tape.ts'

/**
 * What a run is, beside its dataset: the code that decided, its configuration, its runtime. Paths and times are not part
 * of it.
 */

const CORE = fileURLToPath(new URL('../../core/', import.meta.url))

let version: string | null = null

/** The version of the package and a digest of every source file that can change a decision. */
export function codeVersion(): string {
  version ??= `${manifest.version}+${sourceHash(CORE).slice(0, 12)}`
  return version
}

/** SHA-256 over the source files below a folder, by path in code-unit order; tests and data of tests left out. */
export function sourceHash(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(ts|json)$/.test(entry.name) && !/\.(test|fixture)\.ts$/.test(entry.name),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
  for (const file of files) {
    hash.update(`${relative(folder, file).replaceAll('\\', '/')}\n`)
    hash.update(readFileSync(file))
    hash.update('\0')
  }
  return hash.digest('hex')
}

/** The runtime that ran it. */
export function runtime(): string {
  return `node ${process.versions.node}`
}

type Data = Pick<Tape, 'profile' | 'prints' | 'datasets'>

/** Hash of what of a tape decides a run beside its rows, instruments and outcomes: roles, prints, what it may be refused for. */
export function dataHash({ profile, prints, datasets }: Data): string {
  return valueHash({
    profile: rolesOf(profile),
    prints,
    datasets: datasets.map(({ manifest: { carries, assignment, gaps } }) => ({ carries, assignment, gaps })),
  })
}

/**
 * Hash of everything that was set for a run, by its user and by its datasets.
 *
 * @param config section to name to value
 */
export function configHash(config: unknown, tape: Data): string {
  return valueHash({ config, data_hash: dataHash(tape) })
}

/** SHA-256 of a plain value written with sorted keys: equal values, equal hash. */
export function valueHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex')
}
