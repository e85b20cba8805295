export * from './book.ts'
export * from './levels.ts'
export * from './token.ts'
