import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { RunnerError } from '../runners/runner-error.ts'
import { FACADE, type Sources } from './sources.ts'

/** The folder of the project: types of Node, and the options that its own code is compiled with. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
/** The options that an editor takes for files in `strategies/`; a strategy elsewhere is checked by the same. */
const CONFIG = fileURLToPath(new URL('../../strategies/tsconfig.json', import.meta.url))
/** Type errors that one message names. */
const SHOWN_MAX = 10

/**
 * Check the types of a strategy's files: what running them as they are does not look at.
 *
 * @param cwd paths in messages are from here
 * @throws RunnerError `strategy.types` with the first errors, each with its file and line
 */
export function checkTypes({ files }: Sources, cwd: string): void {
  const program = ts.createProgram([files[0]!.path], optionsOf())
  const own = new Set(files.map(({ path }) => path))
  const found = ts
    .getPreEmitDiagnostics(program)
    .filter(({ file }) => file === undefined || own.has(file.fileName))
  if (found.length === 0) return
  const lines = found.slice(0, SHOWN_MAX).map((one) => described(one, cwd))
  const more = found.length > SHOWN_MAX ? `; and ${found.length - SHOWN_MAX} more` : ''
  const { file } = found[0]!
  throw new RunnerError(
    'strategy.types',
    `the strategy has ${found.length === 1 ? 'a type error' : `${found.length} type errors`}: ${lines.join('; ')}${more}`,
    'correct them, or leave out --check',
    file === undefined ? {} : { file: file.fileName },
  )
}

function optionsOf(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(CONFIG, ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(CONFIG))
  return {
    ...options,
    // A strategy's file runs as a module, whatever its folder says; and wherever it stands, types come from here.
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    typeRoots: [`${ROOT}node_modules/@types`],
    paths: { [FACADE.name]: [FACADE.path] },
  }
}

function described({ file, start, messageText }: ts.Diagnostic, cwd: string): string {
  const text = ts.flattenDiagnosticMessageText(messageText, ' ')
  if (file === undefined) return text
  const path = relative(cwd, file.fileName)
  return `${path.startsWith('..') ? file.fileName : path}:${rowOf(file, start)} ${text}`
}

function rowOf(file: ts.SourceFile, start = 0): number {
  return file.getLineAndCharacterOfPosition(start).line + 1
}
