import { schemaFor } from '../../core/machine/settings.ts'
import { schema as simulator } from '../../core/simulator/index.ts'
import { Registry } from '../../core/strategies/index.ts'
import { help, subcommands } from '../../docs/make/cli.ts'
import { FOLDER } from '../../engine/cli/commands.ts'
import manifest from '../../package.json' with { type: 'json' }
import { recorderSchema } from '../../recorders/record/schema.ts'

/** Commands that any npm package has. */
const NPM = ['ci', 'start', 'test', 'run', 'install']

/**
 * What is wrong with a line of a `sh` block: a program, script, command, option or setting that does not exist. Only lines
 * for this project's own programs are judged.
 *
 * @param own settings of strategies beside the built-in ones, as `section.key`
 * @returns null where nothing is
 */
export async function faultOf(line: string, own: readonly string[] = []): Promise<string | null> {
  for (const part of line.split(/&&|\|/)) {
    const words = part
      .replace(/\s#.*$/, '')
      .trim()
      .split(/\s+/)
      .filter((word) => word !== '')
    const fault = await faultOfWords(words, own)
    if (fault !== null) return fault
  }
  return null
}

async function faultOfWords(words: readonly string[], own: readonly string[]): Promise<string | null> {
  const [program, ...rest] = words
  if (program === 'npm') return faultOfNpm(rest, own)
  if (program === 'engine') return faultOfEngine(rest, own)
  if (program === 'npx' && rest[0] === 'engine') return faultOfEngine(rest.slice(1), own)
  return null
}

async function faultOfNpm(words: readonly string[], own: readonly string[]): Promise<string | null> {
  const [command, ...rest] = words.filter((word) => word !== '--silent')
  if (command === undefined || !NPM.includes(command)) return `npm has no command ${command}`
  const script = command === 'run' ? rest[0] : command
  if (command === 'ci' || command === 'install') return null
  if (script === undefined || !(script in manifest.scripts)) return `package.json has no script ${script}`
  const after = rest.indexOf('--')
  const options = after < 0 ? [] : rest.slice(after + 1)
  if (script === 'engine') return faultOfEngine(options, own)
  return script === 'oracle' ? faultOfEngine(['oracle', ...options], own) : null
}

async function faultOfEngine(words: readonly string[], own: readonly string[]): Promise<string | null> {
  const [name, ...rest] = words
  if (name === undefined || name.startsWith('-')) return unknownOption(words, await help([]))
  if (name !== name.toLowerCase()) return null // a placeholder, such as COMMAND
  if (!FOLDER.names().includes(name)) return `engine has no command ${name}`
  let text = await help([name])
  const inner = subcommands(text)
  if (inner.length > 0) {
    const sub = rest.find((word) => !word.startsWith('-'))
    if (sub === undefined || !inner.includes(sub)) return `engine ${name} has no command ${sub}`
    text = await help([name, sub])
  }
  return unknownOption(rest, text) ?? unknownSetting(rest, own)
}

function unknownOption(words: readonly string[], text: string): string | null {
  const known = [...text.matchAll(/^ {2}(?:(-\w), )?(--[\w-]+)/gm)].flatMap((found) => [found[1], found[2]])
  const unknown = words.find((word) => /^--?[a-z]/.test(word) && !known.includes(word.replace(/=.*$/, '')))
  return unknown === undefined ? null : `there is no option ${unknown}`
}

function unknownSetting(words: readonly string[], own: readonly string[]): string | null {
  const known = new Set(own)
  for (const schema of [
    simulator,
    recorderSchema,
    ...Registry.NAMES.map((name) => schemaFor(Registry.byName(name))),
  ]) {
    for (const [section, settings] of Object.entries(schema)) {
      for (const key of Object.keys(settings)) known.add(`${section}.${key}`)
    }
  }
  for (let i = 0; i < words.length; i++) {
    if (words[i] !== '--param') continue
    for (const part of (words[i + 1] ?? '').split(/\+(?=[a-z_]+\.)/)) {
      const key = part.replace(/=.*$/, '')
      if (!known.has(key)) return `there is no setting ${key}`
    }
  }
  return null
}
