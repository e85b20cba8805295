export * from './calendar.ts'
export * from './decimal.ts'
export * from './price.ts'
export * from './units.ts'
