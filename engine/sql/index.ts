export * from './open.ts'
export * from './prompt.ts'
export * from './time-limit.ts'
export * from './write.ts'
