import { createHash } from 'node:crypto'
import { ConfigError, parse, type Setting, sortedKeys } from '../../core/config/index.ts'
import type { ReferenceProfile } from '../../core/events/index.ts'
import { settings as exchange } from '../../core/exchange/settings.ts'
import { machine } from '../../core/machine/settings.ts'
import { Volatility } from '../../core/probability/index.ts'
import { settings as reference } from '../../core/reference/settings.ts'
import { canonicalJson } from './content-hash.ts'
import { TapeError } from './errors.ts'
import type { Manifest } from './manifest.ts'

/**
 * What of a manifest decides a run beside the rows: which series plays which role, what is fresh, what was recorded. It has
 * a hash of its own in the manifest, and it is part of a run's configuration hash, so that one identity has one result.
 */

/** The part of a reference profile that decides; its name and notes are prose. */
export type Roles = Omit<ReferenceProfile, 'name' | 'notes'>

/** What decides a run beside the rows, the instruments and the outcomes. */
export type Decisive = { profile: Roles } & Pick<Manifest, 'carries' | 'assignment'>

/** A reference profile without its prose: two profiles with equal roles give equal runs. */
export function rolesOf({
  settlement,
  spot,
  fast,
  bar_s,
  stale_ms,
  min_venues,
  overrides,
}: ReferenceProfile): Roles {
  return { settlement, spot, fast, bar_s, stale_ms, min_venues, overrides }
}

/** What of a manifest decides a run. */
export function decisiveOf({
  reference_profile,
  carries: { book, trades },
  assignment,
}: Pick<Manifest, 'reference_profile' | 'carries' | 'assignment'>): Decisive {
  return { profile: rolesOf(reference_profile), carries: { book, trades }, assignment }
}

/** SHA-256 over {@link decisiveOf} as canonical JSON: the manifest's `profile_hash`. */
export function profileHash(
  manifest: Pick<Manifest, 'reference_profile' | 'carries' | 'assignment'>,
): string {
  return createHash('sha256')
    .update(canonicalJson(decisiveOf(manifest)))
    .digest('hex')
}

/**
 * A profile that was edited without its hash is refused, and so is one that sets more than what its series are like. A
 * dataset of version 0.1.0 has no hash of its profile: a run on it has the profile in its own identity all the same.
 *
 * @throws TapeError `tape.profile_hash`, `tape.override`
 */
export function checkProfile(manifest: Manifest, file: string): void {
  const found = profileHash(manifest)
  if (manifest.profile_hash !== undefined && manifest.profile_hash !== found) {
    throw new TapeError(
      'tape.profile_hash',
      `${file}: profile_hash says ${manifest.profile_hash}, the reference profile, carries and assignment give ${found}`,
      { file, field: 'profile_hash' },
      'restore the manifest from its source, or import the dataset again',
    )
  }
  const { overrides } = manifest.reference_profile
  for (const key of sortedKeys(overrides))
    checkOverride(manifest.reference_profile, key, overrides[key], file)
}

/** Settings that a dataset may set, because they say how its series speak; whatever else a run does is its user's. */
const ALLOWED: Readonly<Record<string, Setting>> = {
  ...Object.fromEntries(
    sortedKeys(Volatility.settings).map((name) => [
      `volatility.${name}`,
      Volatility.settings[name as keyof typeof Volatility.settings],
    ]),
  ),
  'exchange.gap_s': { ...exchange.gap_s, max: 600 },
  'machine.settle_wait_s': machine.settle_wait_s,
  'reference.twap_lookback_s': reference.twap_lookback_s,
}

/** Keys of which the rest of the profile already says what they must be. */
const IMPLIED: Readonly<Record<string, (profile: ReferenceProfile) => number>> = {
  /** Bars come late: a boundary is sure once the bar behind it has come. */
  'machine.settle_wait_s': ({ bar_s }) => Math.max(machine.settle_wait_s.default, bar_s + 120),
  'reference.twap_lookback_s': ({ settlement }) =>
    Number(/-twap-(\d{1,4})$/.exec(settlement ?? '')?.[1] ?? 0),
}

function checkOverride(profile: ReferenceProfile, key: string, value: unknown, file: string): void {
  const field = `reference_profile.overrides.${key}`
  const refuse = (what: string) =>
    new TapeError(
      'tape.override',
      `${file}: ${field} = ${JSON.stringify(value)} is refused: ${what}`,
      { file, field },
      'remove it from the manifest, or import the dataset again; your own settings go into lockstep.toml or --param',
    )
  const setting = Object.hasOwn(ALLOWED, key) ? ALLOWED[key]! : undefined
  if (setting === undefined) throw refuse('a dataset may set volatility.* and exchange.gap_s alone')
  try {
    parse(field, setting, value)
  } catch (thrown) {
    if (!(thrown instanceof ConfigError)) throw thrown
    throw refuse(thrown.fix.replace(/^set \S+ to /, 'expected '))
  }
  const implied = IMPLIED[key]?.(profile)
  if (implied !== undefined && value !== implied) throw refuse(`the rest of the profile makes it ${implied}`)
}
