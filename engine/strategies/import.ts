import { createRequire, registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { CORE, FACADE, FORMATS, type SourceFile, type Sources } from './sources.ts'

/** A plain import would become that of a bundler or a test runner, which reads files for itself. */
const importNatively = createRequire(import.meta.url)('./native-import.cjs') as (
  url: string,
) => Promise<Record<string, unknown>>

/** A file that is served from memory, by its address. */
type Served = { file: SourceFile; sources: Sources }

const served = new Map<string, Served>()
let hooked = false

/**
 * Import a strategy from the texts that were read and hashed, and from nothing else: its files are not opened again. Packages
 * and the core of this project come as they always do; the package for notebooks is, to a strategy, its part for strategies.
 *
 * @throws whatever its code throws; Error for an import of a local file that was not among them
 */
export async function importSources(sources: Sources): Promise<Record<string, unknown>> {
  for (const file of sources.files) served.set(addressOf(file.path, sources), { file, sources })
  if (!hooked) {
    hooked = true
    registerHooks({ resolve, load })
  }
  return importNatively(addressOf(sources.files[0]!.path, sources))
}

/** The hash is part of the address: files that were edited since are loaded again, in a session that goes on. */
function addressOf(path: string, { sha256 }: Sources): string {
  return `${pathToFileURL(path).href}?${sha256}`
}

/** Words that name a file, and not a package. */
const LOCAL = /^(\.{0,2}\/|file:|#|data:|\.{1,2}$)/

type Resolve = NonNullable<Parameters<typeof registerHooks>[0]['resolve']>
type Load = NonNullable<Parameters<typeof registerHooks>[0]['load']>

function resolve(
  specifier: string,
  context: Parameters<Resolve>[1],
  next: Parameters<Resolve>[2],
): ReturnType<Resolve> {
  if (served.has(specifier)) return { url: specifier, shortCircuit: true }
  const parent = context.parentURL === undefined ? undefined : served.get(context.parentURL)
  if (parent === undefined) return next(specifier, context)
  if (specifier === FACADE.name) return next(pathToFileURL(FACADE.path).href, context)
  if (!LOCAL.test(specifier)) return next(specifier, context)
  const { file, sources } = parent
  const path = file.imports[specifier] ?? pathOf(specifier, context.parentURL!)
  if (path?.startsWith(CORE)) return next(pathToFileURL(path).href, context)
  const url = path === null ? null : addressOf(path, sources)
  if (url !== null && served.has(url)) return { url, shortCircuit: true }
  throw new Error(
    `${file.path} imports ${specifier}, which is none of its files: write the path of an import out, so that it can be hashed`,
  )
}

function load(url: string, context: Parameters<Load>[1], next: Parameters<Load>[2]): ReturnType<Load> {
  const found = served.get(url)
  if (found === undefined) return next(url, context)
  const { path, text } = found.file
  return { format: FORMATS[extname(path)]!, source: text, shortCircuit: true }
}

/** Null for what is no path: an alias of a package, data. */
function pathOf(specifier: string, from: string): string | null {
  if (specifier.startsWith('#')) return null
  try {
    return fileURLToPath(new URL(specifier, from))
  } catch {
    return null
  }
}
