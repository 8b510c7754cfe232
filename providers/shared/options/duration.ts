export { parseDurationMs } from '../../../src/contracts/duration.ts'
