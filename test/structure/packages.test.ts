import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import binaries from '../../engine/bin/node-binaries.json' with { type: 'json' }
import { pinnedNode, VERSION } from '../../engine/bin/pinned-node.mjs'
import manifest from '../../package.json' with { type: 'json' }
import { ROOT } from './project.ts'

/** What is installed is what the lock says, to the byte. */

type Entry = {
  version?: string
  resolved?: string
  integrity?: string
  link?: boolean
  optional?: boolean
  hasInstallScript?: boolean
}
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
  lockfileVersion: number
  packages: Record<string, Entry>
}
/** Every package that comes from a registry: not the project, not its workspaces, not links to them. */
const packages = Object.entries(lock.packages).filter(
  ([path, { link }]) => path.includes('node_modules/') && link !== true,
)

test('every package of the lock has the hash of its bytes', () => {
  expect(packages.length).toBeGreaterThan(400)
  const without = packages.filter(
    ([, { integrity }]) => !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? ''),
  )
  expect(without.map(([path]) => path)).toEqual([])
})

test('no entry names a host to fetch from: whoever installs says where packages come from', () => {
  const hosts = packages.flatMap(([path, { resolved }]) =>
    resolved === undefined ? [] : [`${path} ${resolved}`],
  )
  expect(hosts).toEqual([])
})

test('package.json asks for exact versions, and the lock has these', () => {
  const wanted = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.devDependencies,
  }
  for (const [name, version] of Object.entries(wanted)) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/)
    expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version)
  }
})

test('packages that run a script when they are installed are those that may, each known', () => {
  const scripts = packages
    .filter(([, { hasInstallScript }]) => hasInstallScript === true)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))
  expect([...new Set(scripts)].sort()).toEqual(Object.keys(manifest.allowScripts).sort())
  expect(Object.values(manifest.allowScripts).every((allowed) => allowed)).toBe(true)
})

test('the pinned Node is a package of the lock for each platform that npm has it for, of one version', () => {
  const named = Object.values(binaries.binaries).flatMap(({ package: name }) => (name === null ? [] : [name]))
  expect(Object.keys(manifest.optionalDependencies).sort()).toEqual([...named].sort())
  expect(new Set(Object.values(manifest.optionalDependencies))).toEqual(new Set([VERSION]))
  for (const { sha256, archive, archive_sha256 } of Object.values(binaries.binaries)) {
    expect(`${sha256} ${archive_sha256}`).toMatch(/^[0-9a-f]{64} [0-9a-f]{64}$/)
    expect(archive).toContain(`node-v${VERSION}-`)
  }
})

test('the Node that is installed is what `node` means to npm scripts', () => {
  const node = pinnedNode()
  if (node === null) throw new Error('the pinned Node is not installed: run npm ci')
  expect(realpathSync(join(ROOT, 'node_modules', '.bin', 'node'))).toBe(node)
})

test('`npx tsc` is the compiler of the project, not that of a dependency', () => {
  const tsc = realpathSync(join(ROOT, 'node_modules', '.bin', 'tsc'))
  expect(tsc).toBe(realpathSync(join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')))
})

test('files of the user’s own in strategies/ are passed by, but for what stands there to help', () => {
  const ignored = readFileSync(join(ROOT, '.gitignore'), 'utf8').split('\n')
  expect(ignored).toEqual(
    expect.arrayContaining(['/strategies/*', '!/strategies/README.md', '!/strategies/tsconfig.json']),
  )
  const biome = JSON.parse(readFileSync(join(ROOT, 'biome.json'), 'utf8')) as { vcs: unknown }
  expect(biome.vcs).toMatchObject({ enabled: true, useIgnoreFile: true })
})

test('npm scripts start through what says in one line what is missing', () => {
  const own = Object.entries(manifest.scripts).filter(([, line]) => line.includes('.ts'))
  expect(own.length).toBeGreaterThan(5)
  for (const [name, line] of own) {
    const file = /node engine\/bin\/script\.mjs (\S+\.ts)( |$)/.exec(line)?.[1]
    expect(file, `${name}: ${line}`).toBeDefined()
    expect(existsSync(join(ROOT, file!)), file).toBe(true)
  }
})
