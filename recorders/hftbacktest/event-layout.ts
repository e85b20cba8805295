import { TEXT } from '../limits.ts'
import { shortened } from '../printable.ts'
import { TapeError } from '../tape/index.ts'
import { EVENT_BYTES, EVENT_DESCR, type NpzEvent, readEvent } from './event.ts'
import type { NpyHeader } from './npy.ts'

/** How the events of an array lie in its bytes. */
export type EventLayout = {
  /** Bytes of an event, its padding too. */
  bytes: number
  /** Read the event at a place. */
  read(view: DataView, at: number, into: NpzEvent): NpzEvent
}

/** Fields that are read, with the type that each must have; others may stand beside them, in any order. */
const WANTED = { ev: 'u8', exch_ts: 'i8', local_ts: 'i8', px: 'f8', qty: 'f8' } as const
type Wanted = keyof typeof WANTED
/** In files of ours it has the flags of a row; others may leave it out. */
const FLAGS = 'ival'

type Field = { name: string; type: string; little: boolean; at: number }

/**
 * How an array of events lies: as hftbacktest 2.x writes it, or with the same fields in another order, padded, or with
 * their bytes the other way round.
 *
 * @throws TapeError `import.npy`, naming what was found
 */
export function eventLayout({ descr }: NpyHeader, file: string): EventLayout {
  if (descr.replaceAll(/\s/g, '') === EVENT_DESCR.replaceAll(/\s/g, ''))
    return { bytes: EVENT_BYTES, read: readEvent }
  const { fields, bytes } = fieldsOf(descr, file)
  const found = new Map(fields.map((field) => [field.name, field]))
  const missing = Object.keys(WANTED).filter((name) => !found.has(name))
  if (missing.length > 0) {
    // The names of 1.x.
    const old = found.has('exch_timestamp') || found.has('event')
    throw unlike(
      file,
      descr,
      `it has no field ${missing.join(', ')}`,
      old ? 'convert data of hftbacktest 1.x with its own hftbacktest.data.utils.migration2' : AS_2,
    )
  }
  const place = (name: Wanted): Field => {
    const field = found.get(name)!
    // Whole numbers of 64 bits are the same up to 2^63, whether they have a sign or not.
    const same = field.type === WANTED[name] || (WANTED[name] !== 'f8' && /^[iu]8$/.test(field.type))
    if (same) return field
    throw unlike(file, descr, `its field ${name} is ${field.type}, not ${WANTED[name]}`, AS_2)
  }
  const [ev, exch, local, px, qty] = (Object.keys(WANTED) as Wanted[]).map(place) as Field[]
  const flags = found.get(FLAGS)
  const ival = flags !== undefined && /^[iu]8$/.test(flags.type) ? flags : undefined
  return {
    bytes,
    read(view, at, into) {
      const bits = view.getBigUint64(at + ev!.at, ev!.little)
      into.ev = bits < 2n ** 32n ? Number(bits) : 0
      into.exch_ns = view.getBigInt64(at + exch!.at, exch!.little)
      into.local_ns = view.getBigInt64(at + local!.at, local!.little)
      into.px = view.getFloat64(at + px!.at, px!.little)
      into.qty = view.getFloat64(at + qty!.at, qty!.little)
      into.ival = ival === undefined ? 0 : Number(view.getBigInt64(at + ival.at, ival.little))
      return into
    },
  }
}

const AS_2 = "write it with hftbacktest's own type: data.astype(hftbacktest.types.event_dtype)"
const FIELDS_MAX = 64
const BYTES_MAX = 4_096

/** The fields of a type as Python writes it: names, types and sizes; what has no name is padding. */
function fieldsOf(descr: string, file: string): { fields: Field[]; bytes: number } {
  const fields: Field[] = []
  let at = 0
  let rest = descr.replaceAll(/\s/g, '')
  if (!rest.startsWith('[')) throw unlike(file, descr, 'it has no fields', AS_2)
  rest = rest.slice(1)
  for (const match of rest.matchAll(/\('([^']*)','([<>|=])([a-zA-Z])(\d{1,5})'\),?/g)) {
    const [, name, order, kind, size] = match
    fields.push({ name: name!, type: `${kind}${size}`, little: order !== '>', at })
    at += Number(size)
    if (fields.length > FIELDS_MAX || at > BYTES_MAX) break
  }
  const read = fields.length > 0 && fields.length <= FIELDS_MAX && at <= BYTES_MAX
  const whole = rest.replaceAll(/\('[^']*','[<>|=][a-zA-Z]\d{1,5}'\),?/g, '') === ']'
  if (!read || !whole) throw unlike(file, descr, 'its fields cannot be read', AS_2)
  return { fields, bytes: at }
}

function unlike(file: string, descr: string, what: string, fix: string): TapeError {
  const shown = shortened(descr, TEXT.quoted)
  return new TapeError(
    'import.npy',
    `${file}: its array has the type ${shown}, not that of hftbacktest 2.x events: ${what}`,
    { file, field: 'data' },
    fix,
  )
}
