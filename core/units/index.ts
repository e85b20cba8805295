export * from './calendar.ts'
export * from './decimal.ts'
export * from './units.ts'
