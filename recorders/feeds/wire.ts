import { z } from 'zod'

/** What one kind of message looks like on the wire: the schema checks it, and its fields are all that is known of it. */
export type Wire<T> = { name: string; schema: z.ZodType<T>; fields: Fields | undefined }

/** Known fields of an object, with those of the objects and lists inside. */
export type Fields = {
  /** How the object is reached: `trade`, `trade.events`. */
  path: string
  known: ReadonlySet<string>
  inner: readonly { key: string; fields: Fields }[]
}

/**
 * A kind of message by its schema, of loose objects: what a venue adds is let through and counted.
 *
 * @param name stands before the path of a fault and of an unknown field
 */
export function wire<T>(name: string, schema: z.ZodType<T>): Wire<T> {
  return { name, schema, fields: fieldsOf(schema, name) }
}

/**
 * Check a value.
 *
 * @param unknown is told each field that the schema does not know, of a value that is good
 * @returns the value, or in words why it is refused: field and fault, never what was sent
 */
export function readWire<T extends object>(
  { name, schema, fields }: Wire<T>,
  raw: unknown,
  unknown?: (field: string) => void,
): T | string {
  const result = schema.safeParse(raw)
  if (!result.success) return faultOf(name, result.error)
  if (fields !== undefined && unknown !== undefined) tell(fields, raw, unknown)
  return result.data
}

/** JSON of an object, with the numbers as `parse` makes them; in words why not. Never throws. */
export function readObject(
  text: string,
  parse: (text: string) => unknown = JSON.parse,
): Record<string, unknown> | string {
  let raw: unknown
  try {
    raw = parse(text)
  } catch {
    return 'not JSON'
  }
  return isObject(raw) ? raw : 'not a JSON object'
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function faultOf(name: string, error: z.ZodError): string {
  const issue = error.issues[0]!
  const path = issue.path.map((part) => (typeof part === 'number' ? '#' : String(part)))
  return `${[name, ...path].join('.')}: ${issue.message.replace(/^Invalid input: /, '')}`
}

function fieldsOf(schema: unknown, path: string): Fields | undefined {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return fieldsOf(schema.unwrap(), path)
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element, path)
  if (!(schema instanceof z.ZodObject)) return undefined
  // Without a field of its own it stands for any object: another schema looks inside.
  if (Object.keys(schema.shape).length === 0) return undefined
  const inner: { key: string; fields: Fields }[] = []
  for (const [key, value] of Object.entries(schema.shape)) {
    const fields = fieldsOf(value, `${path}.${key}`)
    if (fields !== undefined) inner.push({ key, fields })
  }
  return { path, known: new Set(Object.keys(schema.shape)), inner }
}

function tell(fields: Fields, raw: unknown, unknown: (field: string) => void): void {
  if (Array.isArray(raw)) {
    for (const one of raw) tell(fields, one, unknown)
    return
  }
  if (!isObject(raw)) return
  for (const key in raw) if (!fields.known.has(key)) unknown(`${fields.path}.${key}`)
  for (const { key, fields: below } of fields.inner) tell(below, raw[key], unknown)
}
