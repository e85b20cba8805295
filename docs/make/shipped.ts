import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditInWords } from '../../engine/cli/audit-summary.ts'
import { capture } from '../../engine/cli/capture.ts'
import { runCli } from '../../engine/cli/run.ts'
import { readAuditFile } from '../../engine/report/index.ts'
import { SHIPPED } from '../../engine/runners/backtest-config.ts'
import type { RunFile } from '../../engine/runners/run-folder.ts'
import { openDataset } from '../../recorders/tape/index.ts'
import { code, fence, table, whole } from './markdown.ts'

/** Where a reader’s run is, after `npm start`. */
const PLACE = 'runs/market-maker'
const STRATEGY = 'market-maker'

/** A run of the market maker on the shipped dataset, in a folder of its own. */
export type ShippedRun = { dir: string; stdout: string; file: RunFile; remove(): Promise<void> }

/** Make it, as `npm start` does. */
export async function runShipped(): Promise<ShippedRun> {
  const parent = await mkdtemp(join(tmpdir(), 'lockstep-docs-'))
  const dir = join(parent, STRATEGY)
  const { stdout } = await command(['backtest', '--strategy', STRATEGY, '--out', dir])
  const file = JSON.parse(await readFile(join(dir, 'run.json'), 'utf8')) as RunFile
  return { dir, stdout, file, remove: () => rm(parent, { recursive: true }) }
}

/** What `npm start` prints, but for what depends on the machine. */
export function summaryBlock(run: ShippedRun): string {
  const lines = run.stdout
    .replaceAll(run.dir, PLACE)
    .split('\n')
    .filter((line) => !/^events\s/.test(line))
  return fence('text', lines.join('\n'))
}

/** The result in a sentence. */
export function resultSentence({ file }: ShippedRun): string {
  const lost = file.net_pnl_usdc < 0 ? 'loses' : 'makes'
  return `On the shipped three hours the market maker ${lost} ${Math.abs(file.net_pnl_usdc).toFixed(2)} USDC in ${whole(file.fills)} fills.`
}

/** The audit that the run carries, as `engine audit` prints it. */
export function auditBlock({ dir }: ShippedRun): string {
  const audit = readAuditFile(dir)
  if (audit === null || 'failed' in audit) throw new Error(`${dir} carries no audit`)
  return fence('text', auditInWords(capture().io, audit))
}

/** Output of a command on the run, with the path a reader has. */
export async function outputOf(run: ShippedRun, words: readonly string[]): Promise<string> {
  const { stdout } = await command(words.map((word) => (word === PLACE ? run.dir : word)))
  return fence('text', stdout.replaceAll(run.dir, PLACE))
}

/** What the manifest of the shipped dataset says, in figures. */
export async function datasetFacts(): Promise<string> {
  const { manifest } = await openDataset(SHIPPED)
  const { counts, gaps, windows, time_range } = manifest
  const kinds = Object.keys(counts.kinds).map((kind) => `${whole(counts.kinds[kind]!)} ${code(kind)}`)
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0)
  return table(
    ['', ''],
    [
      ['time', `${time_range.from} to ${time_range.to}`],
      ['windows', `${windows.total} of ${manifest.series.join(', ')} on ${manifest.assets.join(', ')}`],
      ['messages', whole(counts.messages)],
      ['rows', `${whole(counts.rows)}: ${kinds.join(', ')}`],
      ['books', `${manifest.carries.book} depth`],
      ['trades', manifest.carries.trades ? 'recorded' : 'not recorded'],
      ['silences of the feed', `${gaps.count}, ${gaps.seconds.toFixed(0)} s`],
      ['silences of an open window', `${gaps.markets.count}, ${gaps.markets.seconds.toFixed(0)} s`],
      ['refused messages', whole(gaps.refused.count)],
      ['official outcomes in it', whole(windows.recorded)],
      ['size', `${(bytes / 1e6).toFixed(1)} MB`],
      ['dataset hash', code(manifest.dataset_hash)],
    ],
  )
}

/** What the data do not say and was concluded. */
export async function datasetInferred(): Promise<string> {
  const { manifest } = await openDataset(SHIPPED)
  return table(
    ['concluded', 'how', 'evidence', 'exceptions'],
    manifest.inferred.map(({ what, how, agreement, exceptions }) => [
      what,
      how,
      agreement,
      (exceptions ?? []).map(code).join(', '),
    ]),
  )
}

/** The reference profile: which series plays which role. */
export async function datasetProfile(): Promise<string> {
  const { reference_profile: profile } = (await openDataset(SHIPPED)).manifest
  const overrides = Object.keys(profile.overrides).map((key) => `${code(key)} ${profile.overrides[key]}`)
  return [
    table(
      ['role', 'series'],
      [
        ['settlement', code(profile.settlement ?? 'none')],
        ['spot', code(profile.spot ?? 'none')],
        ['fast', profile.fast.length === 0 ? 'none' : profile.fast.map(code).join(', ')],
      ],
    ),
    '',
    `Stale after ${profile.stale_ms / 1_000} s. Settings that fit bars of ${profile.bar_s} s: ${overrides.join(', ')}.`,
    '',
    ...profile.notes.map((note) => `- ${note}`),
  ].join('\n')
}

async function command(words: readonly string[]): Promise<{ stdout: string }> {
  const { io, out, err } = capture()
  const exit = await runCli(words, io)
  if (exit !== 0) throw new Error(`engine ${words.join(' ')} ended with ${exit}: ${err()}`)
  return { stdout: out() }
}
