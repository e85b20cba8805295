import type { Instruments, ReferenceProfile } from '../../core/events/index.ts'
import { recordedProfile } from '../feeds/profile.ts'
import { canonicalJson } from './content-hash.ts'
import { type Dataset, nameOf } from './dataset.ts'

/** The name of what the recorder states: it follows from the instruments alone. */
const RECORDED = recordedProfile({ markets: [], instruments: [] }).name

/** One profile for several datasets, or what they do not agree on. */
export type Joined = { profile: ReferenceProfile } | { other: Dataset; what: string }

/**
 * The reference profile of datasets that are run or merged as one. Parts of recordings have one profile over all of them, whatever
 * had spoken by the end of each. Other datasets must agree on which series plays which role; a role that one has and another lacks
 * is taken from the one that has it, and notes are prose, which decides nothing.
 *
 * @param instruments of all of them, joined
 */
export function joinProfiles(datasets: readonly Dataset[], instruments: Instruments): Joined {
  const first = datasets[0]!
  if (datasets.every(({ manifest }) => manifest.reference_profile.name === RECORDED))
    return {
      profile: datasets.length === 1 ? first.manifest.reference_profile : recordedProfile(instruments),
    }
  let joined = first.manifest.reference_profile
  for (const other of datasets.slice(1)) {
    const next = widened(joined, other.manifest.reference_profile)
    if (typeof next === 'string')
      return {
        other,
        what: `${nameOf(first)} and ${nameOf(other)} state different reference profiles: ${next}`,
      }
    joined = next
  }
  return { profile: joined }
}

/** Both in one, or in words what they do not agree on. */
function widened(a: ReferenceProfile, b: ReferenceProfile): ReferenceProfile | string {
  const fast = a.fast.length === 0 ? b.fast : a.fast
  const joined: ReferenceProfile = {
    name: a.name,
    settlement: a.settlement ?? b.settlement,
    spot: a.spot ?? b.spot,
    fast,
    bar_s: a.bar_s,
    stale_ms: a.stale_ms,
    min_venues: a.fast.length === 0 ? b.min_venues : a.min_venues,
    notes: [...new Set([...a.notes, ...b.notes])],
    overrides: { ...b.overrides, ...a.overrides },
  }
  for (const field of ['name', 'settlement', 'spot', 'bar_s', 'stale_ms', 'fast'] as const) {
    const said = b[field]
    const lacks = said === null || (Array.isArray(said) && said.length === 0)
    if (!lacks && canonicalJson(said) !== canonicalJson(joined[field]))
      return `${field} is ${JSON.stringify(joined[field])} and ${JSON.stringify(said)}`
  }
  if (b.fast.length > 0 && b.min_venues !== joined.min_venues)
    return `min_venues is ${joined.min_venues} and ${b.min_venues}`
  const other = Object.keys(b.overrides).find((key) => b.overrides[key] !== joined.overrides[key])
  return other === undefined ? joined : `${other} is ${joined.overrides[other]} and ${b.overrides[other]}`
}
