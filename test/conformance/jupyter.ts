import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Cell, cellsOf } from '../notebooks/cells.ts'

/** Running notebooks as Jupyter does, with the pinned Node behind the kernel. */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const EXECUTE = fileURLToPath(new URL('execute_notebook.py', import.meta.url))

/** What executes a notebook, where no Python of the machine has it. */
const PACKAGES = ['nbclient==0.11.0', 'nbformat==5.11.1', 'jupyter_client==8.10.0']
const IMPORTS = 'import nbclient, nbformat, jupyter_client'
const KERNEL = 'lockstep-tslab'
/** Longest that one cell may take. */
const CELL_SECONDS = 240

/** What came of an execution. */
export type Executed = { code: number; stderr: string; cells: Cell[] }

/**
 * A Python that can execute notebooks: the one that JUPYTER_PYTHON names, `python3`, or one of the project's own, made
 * once in `.cache/jupyter-venv`.
 *
 * @throws Error in one line, saying what is missing
 */
export function findPython(env: Readonly<Record<string, string | undefined>> = process.env): string {
  const own = join(ROOT, '.cache', 'jupyter-venv')
  const candidates = [env.JUPYTER_PYTHON, 'python3', join(own, 'bin', 'python')]
  for (const python of candidates) if (python !== undefined && can(python)) return python
  return makeOwn(own)
}

function can(python: string): boolean {
  return spawnSync(python, ['-c', IMPORTS], { stdio: 'ignore' }).status === 0
}

function makeOwn(place: string): string {
  const part = `${place}.${process.pid}`
  mkdirSync(dirname(place), { recursive: true })
  try {
    step('python3', ['-m', 'venv', part])
    step(join(part, 'bin', 'python'), [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      ...PACKAGES,
    ])
    rmSync(place, { recursive: true, force: true })
    renameSync(part, place)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
  return join(place, 'bin', 'python')
}

function step(command: string, args: readonly string[]): void {
  const done = spawnSync(command, args, { encoding: 'utf8' })
  if (done.status === 0) return
  const why = done.error?.message ?? done.stderr.trim().split('\n').at(-1)
  throw new Error(
    `notebooks cannot be executed: \`${command} ${args.join(' ')}\` failed (${why}); install Python 3 with nbclient, or set JUPYTER_PYTHON to one that has it`,
  )
}

/**
 * Execute a notebook with tslab on this very Node.
 *
 * @param folder where the kernel works
 * @param scratch an empty folder for everything that Jupyter writes
 */
export function executeNotebook(notebook: string, folder: string, scratch: string): Executed {
  const kernel = join(scratch, 'data', 'kernels', KERNEL)
  mkdirSync(kernel, { recursive: true })
  const tslab = createRequire(import.meta.url).resolve('tslab/package.json')
  const spec = {
    argv: [
      process.execPath,
      join(dirname(tslab), 'bin', 'tslab'),
      'kernel',
      '--config-path',
      '{connection_file}',
    ],
    display_name: 'TypeScript',
    language: 'typescript',
  }
  writeFileSync(join(kernel, 'kernel.json'), JSON.stringify(spec))
  const out = join(scratch, 'executed.ipynb')
  const temporary = join(scratch, 'tmp')
  mkdirSync(temporary)
  const { status, stderr, error } = spawnSync(
    findPython(),
    [EXECUTE, notebook, folder, KERNEL, String(CELL_SECONDS), out],
    { encoding: 'utf8', env: { ...process.env, ...placesIn(scratch), TMPDIR: temporary } },
  )
  if (error !== undefined) throw error
  if (!existsSync(out)) throw new Error(`${notebook} was not executed: ${stderr.trim()}`)
  return { code: status ?? 1, stderr, cells: cellsOf(out) }
}

/** Jupyter's folders, none of them the user's. */
function placesIn(scratch: string): Record<string, string> {
  return {
    JUPYTER_PATH: join(scratch, 'data'),
    JUPYTER_DATA_DIR: join(scratch, 'data'),
    JUPYTER_CONFIG_DIR: join(scratch, 'config'),
    JUPYTER_RUNTIME_DIR: join(scratch, 'runtime'),
    IPYTHONDIR: join(scratch, 'ipython'),
  }
}
