import { existsSync, readFileSync } from 'node:fs'
import { join, resolve as resolvePath } from 'node:path'
import { parse as parseToml, TomlError } from 'smol-toml'
import { type Config, ConfigError, resolve, type Schema, sortedKeys } from '../../core/config/index.ts'

/** The file that is read where none is named. */
export const FILE_NAME = 'lockstep.toml'
/** Variables that set a value begin so: LOCKSTEP_SECTION__KEY. */
export const ENV_PREFIX = 'LOCKSTEP_'
const ENV_JOINT = '__'

/** Where values may come from. Later ones win: defaults, profile, file, environment, parameters. */
export type Sources = {
  /** Named by the user: it must exist. Else `lockstep.toml` in `cwd`, where there is one. */
  file?: string
  /** Where relative paths start; null: no file is read but a named one. */
  cwd: string | null
  env: Readonly<Record<string, string | undefined>>
  /** Texts `section.key=value`. */
  params: readonly string[]
  /** Names of sections that are other commands': in a file or the environment they are left alone. */
  others?: readonly string[]
  /** Defaults that fit a dataset or session, such as a reference profile's. */
  profile?: { name: string; overrides: Readonly<Record<string, unknown>> }
}

/** A configuration, and for each key `section.key` where its value comes from, in words. */
export type Loaded<S extends Schema> = {
  config: Config<S>
  origins: Readonly<Record<string, string>>
  /** The file that was read. */
  file: string | null
}

type Layer = { values: Record<string, unknown>; origins: Record<string, string>; file?: string }

/**
 * Read, check and lay over each other all sources of configuration. Every source is checked whole: a wrong value is
 * refused also where a later one would have hidden it.
 *
 * @throws SettingError naming key, value, what is allowed and the source
 */
export function loadConfig<S extends Schema>(schema: S, sources: Sources): Loaded<S> {
  const file = fileOf(sources)
  const { others = [] } = sources
  const layers = [
    profileLayer(sources),
    own(schema, others, file === null ? EMPTY : fileLayer(file)),
    own(schema, others, environmentLayer(schema, sources.env)),
    paramLayer(sources.params),
  ]
  const origins: Record<string, string> = {}
  for (const section of sortedKeys(schema)) {
    for (const name of sortedKeys(schema[section]!)) origins[`${section}.${name}`] = 'default'
  }
  for (const layer of layers) {
    check(schema, layer)
    for (const key of Object.keys(layer.values)) origins[key] = layer.origins[key]!
  }
  return { config: resolve(schema, ...layers.map((layer) => layer.values)), origins, file }
}

const EMPTY: Layer = { values: {}, origins: {} }

/** What of a layer is not another command's. */
function own(schema: Schema, others: readonly string[], layer: Layer): Layer {
  const values: Record<string, unknown> = {}
  for (const key of Object.keys(layer.values)) {
    const section = key.slice(0, key.indexOf('.'))
    if (Object.hasOwn(schema, section) || !others.includes(section)) values[key] = layer.values[key]
  }
  return { ...layer, values }
}

/** Refuse the first wrong value of a layer, saying where it stands. */
function check(schema: Schema, layer: Layer): void {
  for (const key of sortedKeys(layer.values)) {
    try {
      resolve(schema, { [key]: layer.values[key] })
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error
      const origin = layer.origins[key]!
      const place = layer.file === undefined ? { field: key } : { field: key, file: layer.file }
      const fix = error.code === 'config.unknown' ? 'correct or remove the key' : error.fix
      throw new SettingError(error.code, `${error.message} (from ${origin})`, `${fix}, in ${origin}`, place)
    }
  }
}

function profileLayer({ profile }: Sources): Layer {
  if (profile === undefined) return EMPTY
  return {
    values: { ...profile.overrides },
    origins: originsOf(profile.overrides, `profile ${profile.name}`),
  }
}

function fileOf({ file, cwd }: Sources): string | null {
  if (file !== undefined) {
    const path = resolvePath(cwd ?? '', file)
    if (existsSync(path)) return path
    throw new SettingError(
      'config.file',
      `configuration file ${file} does not exist`,
      'name an existing file',
      {
        file: path,
      },
    )
  }
  if (cwd === null) return null
  const path = join(cwd, FILE_NAME)
  return existsSync(path) ? path : null
}

function fileLayer(file: string): Layer {
  let document: Record<string, unknown>
  try {
    document = parseToml(readFileSync(file, 'utf8'))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    throw new SettingError(
      'config.toml',
      `${file} is not TOML: ${error.message.split('\n')[0]}`,
      'correct that line',
      {
        file,
        row: error.line,
      },
    )
  }
  const values: Record<string, unknown> = {}
  for (const section of Object.keys(document)) {
    const entries = document[section]
    if (!isTable(entries)) {
      throw new SettingError(
        'config.unknown',
        `${section} stands outside of any section in ${file}`,
        'move it under the heading of its section, such as [risk]',
        { field: section, file },
      )
    }
    for (const name of Object.keys(entries)) values[`${section}.${name}`] = entries[name]
  }
  return { values, origins: originsOf(values, `file ${file}`), file }
}

/** Names of variables are upper case, keys are not: a variable belongs to the key that it spells. */
function environmentLayer(schema: Schema, env: Sources['env']): Layer {
  const known = new Map<string, string>()
  for (const section of sortedKeys(schema)) {
    for (const name of sortedKeys(schema[section]!)) {
      known.set(`${section}${ENV_JOINT}${name}`.toUpperCase(), `${section}.${name}`)
    }
  }
  const layer: Layer = { values: {}, origins: {} }
  for (const variable of Object.keys(env).sort()) {
    const value = env[variable]
    const joint = variable.indexOf(ENV_JOINT)
    if (!variable.startsWith(ENV_PREFIX) || joint < 0 || value === undefined) continue
    const spelled = variable.slice(ENV_PREFIX.length)
    const key = known.get(spelled.toUpperCase()) ?? spelled.replace(ENV_JOINT, '.').toLowerCase()
    layer.values[key] = value
    layer.origins[key] = `environment variable ${variable}`
  }
  return layer
}

function paramLayer(params: readonly string[]): Layer {
  const layer: Layer = { values: {}, origins: {} }
  for (const param of params) {
    const equals = param.indexOf('=')
    if (equals < 1) {
      throw new SettingError(
        'config.param',
        `--param ${param} is refused: expected section.key=value`,
        'write it as --param section.key=value',
        { field: '--param' },
      )
    }
    const key = param.slice(0, equals).trim()
    layer.values[key] = param.slice(equals + 1)
    layer.origins[key] = 'flag --param'
  }
  return layer
}

function originsOf(values: Readonly<Record<string, unknown>>, origin: string): Record<string, string> {
  return Object.fromEntries(Object.keys(values).map((key) => [key, origin]))
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
}

/** A configuration that was refused. Codes `config.…`: the command line ends with 2. */
export class SettingError extends Error {
  readonly code: string
  readonly fix: string
  readonly field?: string
  readonly file?: string
  readonly row?: number
  constructor(
    code: string,
    message: string,
    fix: string,
    place: { field?: string; file?: string; row?: number },
  ) {
    super(message)
    this.name = 'Config.SettingError'
    this.code = code
    this.fix = fix
    if (place.field !== undefined) this.field = place.field
    if (place.file !== undefined) this.file = place.file
    if (place.row !== undefined) this.row = place.row
  }
}
