export * from './open.ts'
export * from './prompt.ts'
export * from './write.ts'
