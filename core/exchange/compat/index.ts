export * as Check from './check.ts'
export * as Replay from './replay.ts'
export { settings } from './settings.ts'
export * as Stream from './stream.ts'
