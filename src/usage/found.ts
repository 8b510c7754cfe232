import type { FindingKind } from '../contracts/usage.ts'

/** What one look found, before it is compared with what was found earlier. */
export interface Found {
  kind: FindingKind
  about?: string
  lastSeen: number
  text: string
  numbers: Record<string, number>
  by: readonly string[]
}
