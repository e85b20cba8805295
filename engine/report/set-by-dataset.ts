import { sortedKeys } from '../../core/config/index.ts'

type Run = {
  config: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  reference_profile: { overrides: Readonly<Record<string, unknown>> }
}

/** Settings of a run that neither its user nor a default gave, but the dataset: `volatility.warmup_s 180, …`; null for none. */
export function setByDataset({ config, reference_profile: { overrides } }: Run): string | null {
  const kept = sortedKeys(overrides).filter((key) => {
    const dot = key.indexOf('.')
    return config[key.slice(0, dot)]?.[key.slice(dot + 1)] === overrides[key]
  })
  return kept.length === 0 ? null : kept.map((key) => `${key} ${String(overrides[key])}`).join(', ')
}
