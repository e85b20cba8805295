export * from './decimal.ts'
export * from './units.ts'
