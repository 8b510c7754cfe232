/*
 * The contract of a place outside the config where keys are declared, such as objects that teams write in a cluster. It
 * shows what is declared and what people ask for there, and carries answers back. It decides nothing.
 */

/** Something wrong with a declared key, in the words of `check`. */
export interface KeyProblem {
  /** E.g. `spec.targets[0].secret`. */
  readonly path: string
  readonly message: string
  readonly expected?: string
  readonly suggestion?: string
}

export type RequestName = 'compromised' | 'rollback' | 'confirm' | 'pause' | 'rotate'

/** What a person or a pipeline asks for at a declared key. It is taken once, answered, and taken away. */
export interface LeftRequest {
  readonly name: RequestName
  /** The reason, or what is confirmed. */
  readonly words: string
  /** With `compromised`: which key, and a time or a duration. As written. */
  readonly leaked?: string
  readonly killBy?: string
  /** Who left it, as far as the place knows; null: nothing shows it, and such a request is not taken. */
  readonly by: string | null
  /** The same as long as this is the same request, also if it has to be read again; another one for the next request. */
  readonly token: string
}

/** A key as it is declared. */
export interface DeclaredKey {
  /** Its name in the journal: `namespace/name`, or that of a key of the config. */
  readonly key: string
  /** A team declares it; otherwise it stands for a key of the config, and `spec` says nothing. */
  readonly isOfTeam: boolean
  readonly namespace: string
  readonly name: string
  readonly spec: unknown
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Somebody has deleted it, and it is there only until it is let go. */
  readonly isLeaving: boolean
  /** It is held until what runs for it has ended safely. */
  readonly isHeld: boolean
  readonly requests: readonly LeftRequest[]
  /** The installation that keeps a record of it; null: none does yet, or nothing shows which. */
  readonly installation: string | null
}

export interface Answer {
  readonly request: LeftRequest
  readonly isTaken: boolean
  /** One sentence for people. */
  readonly text: string
}

/** What is shown at a declared key beside the state of its record. */
export type Notice =
  /** The declaration is right, and nothing is shown that said otherwise. */
  | { readonly is: 'accepted' }
  | { readonly is: 'refused'; readonly problems: readonly KeyProblem[] }
  /** It was deleted: what is waited for, and the way out. */
  | { readonly is: 'leaving'; readonly text: string; readonly isBlocked: boolean }

/** Every method throws ProviderError. What is gone meanwhile is no error. */
export interface KeySource {
  list(): Promise<readonly DeclaredKey[]>
  /**
   * Calls `changed` when a declaration, a request or a deletion may be new. Resolves when aborted; rejects when it breaks.
   */
  watch(changed: () => void, signal: AbortSignal): Promise<void>
  /** Writes nothing where this is shown already. */
  show(declared: DeclaredKey, notice: Notice): Promise<void>
  /** Shows the answers and takes these requests away, but no later one. */
  answer(declared: DeclaredKey, answers: readonly Answer[]): Promise<void>
  /** From now on a deletion waits for `letGo`. */
  hold(declared: DeclaredKey): Promise<void>
  /** Says what is left, and lets a deleted one go. */
  letGo(declared: DeclaredKey, left: string): Promise<void>
  close(): Promise<void>
}
