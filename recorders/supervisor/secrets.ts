import { readFileSync } from 'node:fs'
import type { Secrets } from '../feeds/feed.ts'
import { FEED_NAMES, type FeedName } from '../journal/record.ts'
import { createRedactor, type Redactor } from '../redactor.ts'

/** Credentials by source. */
export type FeedSecrets = Readonly<Partial<Record<FeedName, Secrets>>>

const PREFIX = 'LOCKSTEP_SECRET_'
const FILE = '_FILE'
/** The CLOB's API credentials open two sources: its user channel and PolyBolt. */
const OWNERS: readonly (readonly [string, readonly FeedName[]])[] = [
  ...FEED_NAMES.map((feed) => [feed, [feed]] as const),
  ['clob', ['clob_user', 'polybolt']],
]

/**
 * Credentials from the environment: `LOCKSTEP_SECRET_<SOURCE>_<NAME>`, such as `LOCKSTEP_SECRET_KALSHI_KEY_ID`; the source
 * `CLOB` serves the user channel and PolyBolt: `LOCKSTEP_SECRET_CLOB_API_KEY`, `…_SECRET`, `…_PASSPHRASE`. With `_FILE` at its
 * end a variable names the file that holds the value.
 *
 * @returns values by source and name, names in lower case: `kalshi.key_id`
 * @throws SecretError `secrets.source` for a variable of no source, `secrets.file` for a file that cannot be read; it names the
 *   variable and never a value
 */
export function readSecrets(env: Readonly<Record<string, string | undefined>>): FeedSecrets {
  const found: Partial<Record<FeedName, Record<string, string>>> = {}
  // What is meant for one source comes before what several share, as the source is the longer name.
  for (const variable of Object.keys(env).sort((a, b) => rankOf(a) - rankOf(b))) {
    const raw = env[variable]
    if (!variable.startsWith(PREFIX) || raw === undefined || raw === '') continue
    const name = variable.slice(PREFIX.length).toLowerCase()
    const owner = ownerOf(name)
    if (isHost(name, owner)) continue
    if (owner === undefined) {
      const known = OWNERS.map(([prefix]) => prefix.toUpperCase()).join(', ')
      throw new SecretError(
        'secrets.source',
        variable,
        `${variable} is of no source: begin its name with ${PREFIX} and one of ${known}`,
      )
    }
    const isFile = variable.endsWith(FILE)
    const key = name.slice(owner[0].length + 1, isFile ? -FILE.length : undefined)
    const value = isFile ? readSecretFile(variable, raw) : raw
    for (const feed of owner[1]) {
      const own = found[feed] ?? {}
      found[feed] = own
      own[key] ??= value
    }
  }
  return found
}

/** Where credentials of a source may go besides its own hosts. */
export type SecretHosts = Readonly<Partial<Record<FeedName, string>>>

/**
 * Hosts that the user lets have credentials, from the environment: `LOCKSTEP_SECRET_<SOURCE>_HOST`, a name with its port where
 * it has one. A configuration file cannot say this: it may come with a folder of somebody else's.
 */
export function readSecretHosts(env: Readonly<Record<string, string | undefined>>): SecretHosts {
  const found: Partial<Record<FeedName, string>> = {}
  for (const variable of Object.keys(env).sort((a, b) => rankOf(a) - rankOf(b))) {
    const value = env[variable]
    if (!variable.startsWith(PREFIX) || value === undefined || value === '') continue
    const name = variable.slice(PREFIX.length).toLowerCase()
    const owner = ownerOf(name)
    if (owner === undefined || !isHost(name, owner)) continue
    for (const feed of owner[1]) found[feed] ??= value.toLowerCase()
  }
  return found
}

function isHost(name: string, owner: (typeof OWNERS)[number] | undefined): boolean {
  return owner !== undefined && name === `${owner[0]}_host`
}

/** The owner whose name is the longest that fits. */
function ownerOf(name: string): (typeof OWNERS)[number] | undefined {
  return OWNERS.filter(([prefix]) => name.startsWith(`${prefix}_`)).sort(([a], [b]) => b.length - a.length)[0]
}

/** Sources of one owner first, then shared ones. */
function rankOf(variable: string): number {
  return ownerOf(variable.slice(PREFIX.length).toLowerCase())?.[1].length ?? 0
}

function readSecretFile(variable: string, path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    throw new SecretError('secrets.file', variable, `${variable} names a file that cannot be read`)
  }
}

/** One redactor of every credential of every source: what one is told, another may repeat. */
export function redactorOf(secrets: FeedSecrets): Redactor {
  return createRedactor(Object.values(secrets).flatMap((own) => Object.values(own ?? {})))
}

/** Credentials that cannot be read; `field` is the variable. */
export class SecretError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, message: string, fix = 'see docs/recording.md for the names') {
    super(message)
    this.name = 'Secrets.SecretError'
    this.code = code
    this.field = field
    this.fix = fix
  }
}
