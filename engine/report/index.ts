export type { ReportData } from './data.ts'
export { loadReport } from './load.ts'
export { renderReport, writeReport } from './render.ts'
export { parseRunFile, ReportError, type RunFile } from './run-file.ts'
