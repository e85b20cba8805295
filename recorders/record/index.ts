export * from './open.ts'
export * from './schema.ts'
export type { Session } from './session.ts'
export * from './status.ts'
