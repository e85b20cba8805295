import { mkdir } from 'node:fs/promises'
import { basename, isAbsolute, join, relative, resolve } from 'node:path'

/** A place that looks like the one where a run is started, with another dataset where the run's own is. */
export type Elsewhere = { cwd: string; dataset: string; env: Record<string, string> }

/** Variables that name a folder of the user's. */
const HOMES = [
  'HOME',
  'USERPROFILE',
  'TMPDIR',
  'TEMP',
  'TMP',
  'XDG_CACHE_HOME',
  'XDG_DATA_HOME',
  'XDG_CONFIG_HOME',
]
/** Variables that say where the process or its parent was started. */
const HERE = ['PWD', 'INIT_CWD', 'OLDPWD', 'npm_config_local_prefix']

/**
 * Make a place like `cwd` in `root`: the dataset's path from there is the same, and no variable of the environment says
 * where the real ones are.
 *
 * @param datasets folders of the run; the first one's place is taken
 */
export async function elsewhere(
  root: string,
  cwd: string,
  datasets: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Elsewhere> {
  const work = join(root, 'work')
  const home = join(root, 'home')
  await mkdir(work, { recursive: true })
  await mkdir(home, { recursive: true })
  const path = relative(cwd, datasets[0]!)
  const inside = !path.startsWith('..') && !isAbsolute(path)
  const dataset = resolve(work, inside ? path : join('datasets', basename(datasets[0]!)))
  const moved: Record<string, string> = {}
  for (const [name, value] of Object.entries(env)) {
    if (value === undefined) continue
    moved[name] = HOMES.includes(name) ? home : HERE.includes(name) ? work : relocated(value)
  }
  return { cwd: work, dataset, env: moved }

  function relocated(value: string): string {
    let text = value
    for (const folder of datasets) text = text.replaceAll(folder, dataset)
    // The root of the file system stands in every path.
    return resolve(cwd, '..') === cwd ? text : text.replaceAll(cwd, work)
  }
}
