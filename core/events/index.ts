export * from './columns.ts'
export * from './instruments.ts'
export * from './kinds.ts'
