import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { byName, NAMES } from '../../core/strategies/registry.ts'
import type { Strategy } from '../../core/strategies/strategy.ts'
import { canonicalJson } from '../../recorders/tape/index.ts'
import { type Asks, asksOf, asksOfFunctions } from '../strategies/asks.ts'
import { importSources } from '../strategies/import.ts'
import { readSources, type Sources } from '../strategies/sources.ts'
import { codeVersion } from './identity.ts'
import { RunnerError } from './runner-error.ts'

/** A strategy, where it came from, and the hash of its source. */
export type LoadedStrategy = {
  strategy: Strategy
  /** Path of its file as it was named; null for one that ships, or that stands in the caller's own code. */
  file: string | null
  sha256: string
  /** What was read of its file and of those that it imports; null where it has none. */
  sources: Sources | null
  /** What it asks of the platform. */
  asks: readonly Asks[]
}

/** A strategy's name is the name of its run folder, too: nothing in it leads elsewhere. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,99}$/

/**
 * A strategy that the user named: by its name, or by the path of a file that exports it as `strategy` or by default. The
 * file is read once; what was hashed is what runs. A name that comes from a file, such as `run.json`, is no user's word:
 * {@link shippedStrategy} takes it.
 *
 * @param inspect looks at what was read before any of it runs
 * @throws RunnerError `strategy.unknown`, `strategy.file`, `strategy.name`
 */
export async function loadStrategy(
  name: string,
  cwd: string,
  inspect: (sources: Sources) => void | Promise<void> = () => {},
): Promise<LoadedStrategy> {
  if (!/[./\\]/.test(name)) return shippedStrategy(name)
  const file = resolve(cwd, name)
  const sources = await readSources(file)
  await inspect(sources)
  return loadSources(file, sources)
}

/**
 * A strategy that ships, by its name.
 *
 * @throws RunnerError `strategy.unknown`
 */
export function shippedStrategy(name: string): LoadedStrategy {
  if (!NAMES.includes(name)) {
    throw new RunnerError(
      'strategy.unknown',
      `there is no strategy "${name}"`,
      `use one of ${NAMES.join(', ')}, or the path of a file`,
      { field: 'strategy' },
    )
  }
  const sha256 = createHash('sha256').update(codeVersion()).digest('hex')
  return { strategy: byName(name), file: null, sha256, sources: null, asks: [] }
}

/**
 * The strategy of a file from what was read of it.
 *
 * @param file path of the file, for messages and the run folder
 * @throws RunnerError `strategy.file` where it cannot be loaded or exports no strategy, `strategy.name`
 */
export async function loadSources(file: string, sources: Sources): Promise<LoadedStrategy> {
  const module = await load(file, sources)
  const strategy = module.strategy ?? module.default
  if (!isStrategy(strategy)) {
    throw new RunnerError(
      'strategy.file',
      `${file} exports no strategy`,
      'export an object with name, settings, needs_model, init and on, as `strategy` or by default',
      { file },
    )
  }
  if (!NAME.test(strategy.name)) throw badName(strategy.name, { file })
  return { strategy, file, sha256: sources.sha256, sources, asks: await asksOf(sources) }
}

async function load(file: string, sources: Sources): Promise<{ strategy?: unknown; default?: unknown }> {
  try {
    return await importSources(sources)
  } catch (thrown) {
    throw new RunnerError(
      'strategy.file',
      `${file} cannot be loaded: ${thrown instanceof Error ? thrown.message.split('\n')[0] : String(thrown)}`,
      'correct the file; node FILE shows where it fails',
      { file },
    )
  }
}

/**
 * A strategy that stands in the caller's own code, such as a notebook. Its hash is over its settings and the source of its
 * two functions; what they call elsewhere is not in it, and a replay from the command line cannot find it.
 *
 * @throws RunnerError `strategy.shape` where a part is missing, `strategy.name` where the name is that of one that ships,
 * or cannot name a folder
 */
export async function inlineStrategy(strategy: unknown): Promise<LoadedStrategy> {
  if (!isStrategy(strategy)) {
    throw new RunnerError(
      'strategy.shape',
      'this is no strategy: it needs name, settings, needs_model, init and on',
      'give an object with these parts, the name of a strategy, or the path of a file',
      { field: 'strategy' },
    )
  }
  if (NAMES.includes(strategy.name)) {
    throw new RunnerError(
      'strategy.name',
      `"${strategy.name}" is the name of a strategy that ships`,
      'give yours a name of its own',
      { field: 'strategy.name' },
    )
  }
  if (!NAME.test(strategy.name)) throw badName(strategy.name, { field: 'strategy.name' })
  const { name, settings, needs_model, init, on } = strategy
  const source = canonicalJson({ name, settings, needs_model, init: String(init), on: String(on) })
  const sha256 = createHash('sha256').update(source).digest('hex')
  return { strategy, file: null, sha256, sources: null, asks: await asksOfFunctions({ init, on }) }
}

function badName(name: string, place: { file?: string; field?: string }): RunnerError {
  return new RunnerError(
    'strategy.name',
    `${place.file ?? 'this strategy'} calls itself ${JSON.stringify(name.slice(0, 100))}, which cannot name a run folder`,
    'use letters, digits, spaces, ".", "_" and "-", a letter or digit first, at most 100 characters',
    place,
  )
}

function isStrategy(value: unknown): value is Strategy {
  const strategy = value as Partial<Strategy> | null | undefined
  return (
    typeof strategy?.name === 'string' &&
    strategy.name !== '' &&
    typeof strategy.settings === 'object' &&
    typeof strategy.needs_model === 'boolean' &&
    typeof strategy.init === 'function' &&
    typeof strategy.on === 'function'
  )
}
