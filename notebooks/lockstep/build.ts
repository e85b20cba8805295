import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/**
 * Build the package that notebooks load: `dist/index.cjs`, `dist/index.d.ts`, and `dist/inputs.json`, the sources it was
 * made of with their hashes. `npm run build`, and `npm ci` as its last step.
 *
 * tslab asks for this: it resolves packages as Node 10 did, transpiles cells to `require`, and its compiler reads
 * declarations of TypeScript 5.0.
 */

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** Modules ask for files beside them by `import.meta.url`; in the bundle that is still their own place in the repository. */
const BANNER = `const __module_url = (path) => require('node:url').pathToFileURL(require('node:path').join(__dirname, '../../..', path)).href;`

/**
 * Build into a folder.
 *
 * @returns the sources it was made of, from the root of the repository
 */
export async function buildLab(dist: string = join(HERE, 'dist')): Promise<string[]> {
  const [{ build }, { flattenDeclarations }] = await Promise.all([
    import('esbuild'),
    import('./declarations.ts'),
  ])
  const hashes: Record<string, string> = {}
  const result = await build({
    entryPoints: [join(HERE, 'index.ts')],
    absWorkingDir: ROOT,
    bundle: true,
    write: false,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    banner: { js: BANNER },
    define: { LOCKSTEP_BUNDLED: 'true' },
    legalComments: 'none',
    logLevel: 'warning',
    logOverride: { 'empty-import-meta': 'silent' },
    plugins: [
      {
        name: 'own place',
        setup(of) {
          of.onLoad({ filter: /\.(ts|js|json)$/ }, async ({ path }) => {
            const text = await readFile(path, 'utf8')
            const own = relative(ROOT, path).split(sep).join('/')
            hashes[own] = createHash('sha256').update(text).digest('hex')
            if (path.endsWith('.json')) return { contents: text, loader: 'json' }
            const placed = text.replaceAll('import.meta.url', `__module_url(${JSON.stringify(own)})`)
            return { contents: placed, loader: path.endsWith('.ts') ? 'ts' : 'js' }
          })
        },
      },
    ],
  })
  const inputs = Object.keys(hashes).sort()
  const files = {
    'index.cjs': result.outputFiles[0]!.text,
    'index.d.ts': flattenDeclarations(join(HERE, 'index.ts'), join(ROOT, 'tsconfig.json'), ROOT),
    'inputs.json': `${JSON.stringify(hashes, inputs, 1)}\n`,
  }
  await mkdir(dist, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    const beside = join(dist, `.${name}.${process.pid}`)
    await writeFile(beside, text)
    await rename(beside, join(dist, name)).catch(async (thrown) => {
      await rm(beside, { force: true })
      throw thrown
    })
  }
  return inputs
}

if (process.argv[1] === import.meta.filename) {
  try {
    const inputs = await buildLab()
    console.log(`notebooks/lockstep/dist: made of ${inputs.length} sources`)
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw thrown
    // Without the development dependencies everything but the notebooks works: an installation goes on.
    console.error(
      '@lockstep/lab is not built: it needs the development dependencies, run `npm ci` without --omit=dev',
    )
    process.exitCode = process.env.npm_lifecycle_event === 'prepare' ? 0 : 1
  }
}
