import { join } from 'node:path'
import { z } from 'zod'
import { readPlainText } from '../files/index.ts'
import { FILE_BYTES, TEXT } from '../limits.ts'
import { type DatasetHead, parseJson, parseTable } from '../tape/index.ts'
import { RecordingError } from './errors.ts'
import { FILE } from './layout.ts'

/** The version of the recording folder that this code writes and reads. */
export const RECORDING_VERSION = 1

/** What a recording says about itself, `recording.json`. No secret may stand here. */
export type RecordingFile = {
  schema_version: typeof RECORDING_VERSION
  /** Stands in every journal and every day. */
  id: string
  /** ISO time. */
  created: string
  /** What it was asked to record, when it was last begun or continued. */
  scope: Readonly<Record<string, unknown>>
  /** Settings it was made with, `section.key` to value: the normaliser needs them to make the same rows again. */
  settings: Readonly<Record<string, unknown>>
  /** What the manifests of its days say of source, licence and references. */
  head: DatasetHead
}

const schema: z.ZodType<RecordingFile> = z.looseObject({
  schema_version: z.literal(RECORDING_VERSION),
  id: z.string().min(1).max(TEXT.name),
  created: z.string(),
  scope: z.record(z.string(), z.unknown()),
  settings: z.record(z.string(), z.unknown()),
  head: z.looseObject({
    source: z.string(),
    licence: z.string(),
    attribution: z.string(),
    created_by: z.string(),
    reference_profile: z.looseObject({ name: z.string() }),
    carries: z.object({ book: z.enum(['full', 'top', 'none']), trades: z.boolean() }),
  }),
}) as unknown as z.ZodType<RecordingFile>

/**
 * Read `recording.json`; null where the folder has none.
 *
 * @throws RecordingError `recording.version`; TapeError `recording.file` for a file that is not what it should be
 */
export async function readRecordingFile(dir: string): Promise<RecordingFile | null> {
  const file = join(dir, FILE)
  const text = await readPlainText(file, FILE_BYTES.manifest).catch((thrown: NodeJS.ErrnoException) => {
    if (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR') return null
    throw thrown
  })
  if (text === null) return null
  const raw = parseJson(text, file, 'recording.file')
  const version = (raw as { schema_version?: unknown } | null)?.schema_version
  if (version !== undefined && version !== RECORDING_VERSION) {
    throw new RecordingError(
      'recording.version',
      `${file}: schema_version ${JSON.stringify(version)} is unknown; this version reads ${RECORDING_VERSION}`,
      file,
      'update the program',
    )
  }
  return parseTable(schema, raw, file, 'recording.file')
}

/**
 * The file of a recording that must be there.
 *
 * @throws RecordingError `recording.missing`; as {@link readRecordingFile}
 */
export async function existingRecording(dir: string): Promise<RecordingFile> {
  const file = await readRecordingFile(dir)
  if (file !== null) return file
  const fix = 'name the folder of a recording'
  throw new RecordingError('recording.missing', `${dir}: no recording there`, dir, fix)
}
