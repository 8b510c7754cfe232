/** A ManagedKey as the tests look at it. */
export interface Shown {
  metadata: {
    uid: string
    generation: number
    annotations?: Record<string, string>
    finalizers?: string[]
    deletionTimestamp?: string
  }
  status?: {
    state?: string
    fingerprint?: string
    journal?: { trail?: { text: string }[] }
    conditions?: {
      type: string
      status: string
      reason: string
      message: string
      observedGeneration: number
    }[]
  }
}
