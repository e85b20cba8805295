import type { Section, Setting } from '../../core/config/index.ts'
import { SECTIONS } from '../../core/machine/settings.ts'
import { MICRO_PROFILE } from '../../core/risk/index.ts'
import { schema } from '../../core/simulator/index.ts'
import { Registry } from '../../core/strategies/index.ts'
import { recorderSchema } from '../../recorders/record/schema.ts'
import { cacheSettings } from '../../recorders/tape/index.ts'
import { code, head, sentence, table } from './markdown.ts'

/** What each section is about. */
const ABOUT: Readonly<Record<keyof typeof SECTIONS, string>> = {
  exchange: 'The simulated exchange: fills, gaps, latencies, the life of a fill. See [fills](../fills.md).',
  machine: 'When the machine decides, when it stops waiting for an outcome, how often it seals its hash.',
  orders: 'Order management: what is left alone, what is replaced, and how much is sent at once.',
  portfolio: 'The account: cash, merging of completed pairs, redemption.',
  probability: 'The model’s probability of Up.',
  reference: 'Reference prices: freshness, median, strike.',
  risk: 'The gates that every order passes. Their codes are in [reason codes](reason-codes.md).',
  toxicity: 'Regimes in which the maker quotes less, wider or not at all.',
  volatility: 'The volatility that the model reads.',
}

/** What the recorder's sections are about. */
const ABOUT_RECORDER: Readonly<Record<keyof typeof recorderSchema, string>> = {
  recorder:
    'How `engine record` listens, asks, makes rows and writes. See [recordings](../recording.md) and [feeds](../feeds.md).',
  endpoints:
    'Where the sources are, an address for each part of each source. `engine record --sandbox URL` replaces them all.',
}

/** `reference/configuration.md`: every setting, as the code declares it. */
export function configurationPage(): string {
  const parts = [
    head(
      'Configuration',
      `Every setting has a default, a range, a unit and a meaning. Unknown keys and values out of range are refused; the
error names key, value and range.

A value comes from the first of these that states it: \`--param section.key=value\`; the environment
(\`LOCKSTEP_SECTION__KEY\`); the file (\`lockstep.toml\` in the working directory, or \`--config FILE\`); the dataset’s
reference profile; \`--profile micro\`, where it is given; for a backtest \`risk.on_drawdown = record\`; the default.
\`engine doctor\` prints the effective values and where each comes from; \`--strategy NAME\` chooses whose settings the
section \`strategy\` holds.

\`\`\`toml
[exchange]
fill = "queue-neutral"

[strategy]
base_size = 10
\`\`\``,
    ),
  ]
  for (const name of Object.keys(SECTIONS).sort() as (keyof typeof SECTIONS)[]) {
    parts.push(`## ${name}\n\n${ABOUT[name]}\n\n${settingsTable(name, SECTIONS[name])}\n`)
  }
  for (const name of [...Registry.NAMES].sort()) {
    const { settings } = Registry.byName(name)
    const rows =
      Object.keys(settings).length === 0 ? 'It has no settings.' : settingsTable('strategy', settings)
    parts.push(`## strategy: ${name}\n\n${rows}\n`)
  }
  parts.push('## simulator\n\nSettings of `engine simulate`; a backtest does not read them.\n')
  for (const name of Object.keys(schema).sort()) {
    parts.push(`### ${name}\n\n${settingsTable(name, schema[name as keyof typeof schema])}\n`)
  }
  for (const name of Object.keys(recorderSchema) as (keyof typeof recorderSchema)[]) {
    parts.push(`## ${name}\n\n${ABOUT_RECORDER[name]}\n\n${settingsTable(name, recorderSchema[name])}\n`)
  }
  parts.push(
    `## cache\n\nReplay caches; \`engine cache\` lists them. See [the tape](../tape.md#reading-and-the-replay-cache).\n\n${settingsTable('cache', cacheSettings)}\n`,
  )
  const micro = Object.keys(MICRO_PROFILE).map((key) => [code(key), code(String(MICRO_PROFILE[key]))])
  parts.push(`## profile: micro\n\nFor small stakes.\n\n${table(['key', 'value'], micro)}\n`)
  return parts.join('\n')
}

/** The settings of a section as a table, keys in the order of the code. */
export function settingsTable(section: string, settings: Section): string {
  return table(
    ['key', 'default', 'range', 'unit', 'meaning'],
    Object.keys(settings).map((key) => {
      const setting = settings[key]!
      return [
        code(`${section}.${key}`),
        code(defaultOf(setting)),
        rangeOf(setting),
        setting.unit,
        sentence(setting.doc),
      ]
    }),
  )
}

function defaultOf(setting: Setting): string {
  return setting.type === 'list' ? `[${setting.default.join(', ')}]` : String(setting.default)
}

function rangeOf(setting: Setting): string {
  if (setting.type === 'choice') return setting.choices.map(code).join(', ')
  if (setting.type === 'flag') return '`true`, `false`'
  if (setting.type === 'list') return 'list of texts'
  if (setting.type === 'text') return 'text'
  return `${setting.min} to ${setting.max}${setting.integer === true ? ', whole' : ''}`
}
