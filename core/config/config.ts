/**
 * Configuration as plain data: every setting has a default, a range, a unit and a sentence, declared by the module that
 * uses it. Nothing else in the core holds a constant of strategy or venue.
 */

/** One setting. Numbers carry an inclusive range, choices what can be chosen; a text is free. */
export type Setting =
  | {
      type: 'number'
      default: number
      min: number
      max: number
      integer?: boolean
      unit: string
      doc: string
    }
  | { type: 'choice'; default: string; choices: readonly string[]; unit: ''; doc: string }
  | { type: 'text'; default: string; unit: ''; doc: string }
  | { type: 'flag'; default: boolean; unit: ''; doc: string }
  | { type: 'list'; default: readonly string[]; unit: ''; doc: string }

/** The settings of one section by name. */
export type Section = Readonly<Record<string, Setting>>
/** Sections by name: the shape of a whole configuration. */
export type Schema = Readonly<Record<string, Section>>

type ValueOf<S extends Setting> = S extends { type: 'number' }
  ? number
  : S extends { type: 'flag' }
    ? boolean
    : S extends { type: 'list' }
      ? readonly string[]
      : S extends { choices: readonly (infer C)[] }
        ? C
        : S extends { type: 'text' }
          ? string
          : never
/** Values of a section, each of its setting's type. */
export type Values<S extends Section> = { readonly [K in keyof S]: ValueOf<S[K]> }
/** Values of a whole schema. */
export type Config<S extends Schema> = { readonly [K in keyof S]: Values<S[K]> }

export type Value = number | string | boolean | readonly string[]

/** The defaults of a section. */
export function defaults<S extends Section>(section: S): Values<S> {
  const values: Record<string, Value> = {}
  for (const name of sortedKeys(section)) values[name] = section[name]!.default
  return values as Values<S>
}

/**
 * Check and convert one value.
 *
 * @param key `section.name`, for the message
 * @param raw a number, flag, text or list; texts are read as the setting's type
 * @throws ConfigError `config.range`, `config.type` or `config.choice`, naming key, value and range
 */
export function parse(key: string, setting: Setting, raw: unknown): Value {
  if (setting.type === 'number') {
    const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw
    if (typeof value !== 'number' || Number.isNaN(value))
      throw new ConfigError('config.type', key, raw, 'a number')
    if (setting.integer === true && !Number.isInteger(value))
      throw new ConfigError('config.type', key, raw, 'a whole number')
    if (value < setting.min || value > setting.max) {
      throw new ConfigError(
        'config.range',
        key,
        raw,
        `from ${setting.min} to ${setting.max}${setting.unit === '' ? '' : ` ${setting.unit}`}`,
      )
    }
    return value
  }
  if (setting.type === 'flag') {
    if (raw === true || raw === 'true') return true
    if (raw === false || raw === 'false') return false
    throw new ConfigError('config.type', key, raw, 'true or false')
  }
  if (setting.type === 'list') {
    const items =
      typeof raw === 'string'
        ? raw
            .split(',')
            .map((s) => s.trim())
            .filter((s) => s !== '')
        : raw
    if (!Array.isArray(items) || items.some((s) => typeof s !== 'string'))
      throw new ConfigError('config.type', key, raw, 'a list of texts')
    return items as string[]
  }
  if (setting.type === 'text') {
    if (typeof raw !== 'string') throw new ConfigError('config.type', key, raw, 'a text')
    return raw
  }
  if (typeof raw !== 'string' || !setting.choices.includes(raw)) {
    throw new ConfigError('config.choice', key, raw, `one of ${setting.choices.join(', ')}`)
  }
  return raw
}

/**
 * Resolve a schema against overrides in rising precedence, each a map from `section.name` to a value.
 *
 * @throws ConfigError `config.unknown` for a key that is not in the schema; see {@link parse} for values
 */
export function resolve<S extends Schema>(
  schema: S,
  ...layers: Readonly<Record<string, unknown>>[]
): Config<S> {
  const config: Record<string, Record<string, Value>> = {}
  for (const section of sortedKeys(schema))
    config[section] = { ...defaults(schema[section]!) } as Record<string, Value>
  for (const layer of layers) {
    for (const key of sortedKeys(layer)) {
      const dot = key.indexOf('.')
      const section = key.slice(0, dot)
      const name = key.slice(dot + 1)
      const setting = dot < 0 || !Object.hasOwn(schema, section) ? undefined : schema[section]![name]
      if (setting === undefined || !Object.hasOwn(schema[section]!, name)) {
        throw new ConfigError(
          'config.unknown',
          key,
          undefined,
          `a known key, such as ${nearest(schema, key)}`,
        )
      }
      config[section]![name] = parse(key, setting, layer[key])
    }
  }
  return config as Config<S>
}

/** Keys in code-unit order: the only order in which the core ever walks an object. */
export function sortedKeys(object: object): string[] {
  return Object.keys(object).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
}

function nearest(schema: Schema, key: string): string {
  let best = ''
  let bestDistance = Number.POSITIVE_INFINITY
  for (const section of sortedKeys(schema)) {
    for (const name of sortedKeys(schema[section]!)) {
      const candidate = `${section}.${name}`
      const d = distance(candidate, key)
      if (d < bestDistance) {
        bestDistance = d
        best = candidate
      }
    }
  }
  return best
}

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row.push(Math.min(change, previous[j]! + 1, row[j - 1]! + 1))
    }
    previous = row
  }
  return previous[b.length]!
}

/**
 * A configuration value that was refused; `field` is its key. A value without a known key is not repeated: it may be a secret
 * that was put in the wrong place.
 */
export class ConfigError extends Error {
  readonly code: string
  readonly field: string
  readonly fix: string
  constructor(code: string, field: string, value: unknown, expected: string) {
    const said = value === undefined ? field : `${field} = ${JSON.stringify(value)}`
    super(`${said} is refused: expected ${expected}`)
    this.name = 'Config.ConfigError'
    this.code = code
    this.field = field
    this.fix = `set ${field} to ${expected}`
  }
}
