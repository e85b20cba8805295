import { type Importer, importers } from '../../recorders/import/index.ts'
import { code, sentence, table } from './markdown.ts'

/** Blocks of `importers.md`, from the registry that the command line itself reads. */

/** Kinds, what they read, their options. */
export function importerKinds(): string {
  return table(
    ['kind', 'reads', 'options'],
    importers.map(({ kind, describe, options }) => [code(kind), sentence(describe), optionsOf(options)]),
  )
}

/** What goes wrong with each kind of recording, and what is done about it. */
export function importerTraps(): string {
  return importers
    .map(({ kind, traps }) => `**${kind}**\n\n${traps.map((trap) => `- ${sentence(trap)}`).join('\n')}`)
    .join('\n\n')
}

/** How the value of an option is called. */
const VALUES = { file: 'FILE', time: 'ISO', text: 'TEXT' } as const

function optionsOf(options: Importer['options']): string {
  return Object.entries(options)
    .map(([name, { type, doc }]) => `${code(`--${name} ${VALUES[type]}`)} ${doc}`)
    .join('; ')
}
