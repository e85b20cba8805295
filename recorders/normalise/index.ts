export * from './normalise.ts'
export type * from './normaliser.ts'
export * from './side-tables.ts'
