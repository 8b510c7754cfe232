/** One write of a rotation to a target. */
export interface WriteEntry {
  mark: string
  purpose: 'deploy' | 'rewrite' | 'rollback'
  fingerprint: string
  replaces: string
  state: 'sent' | 'done' | 'not-done' | 'unknown'
  at: number
  landsBy: number
  version?: string
  /** Somebody else wrote between our read and this write, as a store without compare-and-set reports afterwards. */
  raced?: string
}
