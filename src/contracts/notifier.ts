/* The contract of a notifier, which reports events to people. */

/** An event worth reporting. Never contains a key value. */
export interface NotifyEvent {
  /** Milliseconds since 1970, by the journal's clock. */
  at: number
  level: 'info' | 'warning' | 'alarm'
  /** The managed key that it is about; absent: none alone, such as in the summary of a campaign. */
  key?: string
  /** The campaign that it is about. */
  campaign?: string
  rotation?: string
  /** A constant, e.g. `rotation-completed`, `probe-may-have-billed`. With the key: what repeated trouble is known by. */
  kind: string
  /** The trouble of this kind at this key is over. */
  isOver?: true
  message: string
  /** The command to run next, if a person is needed. */
  command?: string
  /** What was seen last that is not as it has to be, one line each. */
  evidence?: readonly string[]
}

/** One attempt to deliver an event. */
export interface Delivery {
  /** Names the message; the same at each attempt, so that the other side can recognize a repeat. */
  readonly id: string
  /** Aborts when the attempt has lasted too long or the process stops. */
  readonly signal: AbortSignal
}

/** What the other side said when it took a message. */
export interface Delivered {
  /** A few words for people, e.g. `status 202`. Contains nothing secret. */
  readonly said: string
}

export interface Notifier {
  /**
   * Reports one event. A rotation neither waits for it nor fails because of it.
   * @throws ProviderError `throttled` with the wait that was asked for, `unavailable`: it is tried again soon;
   * `denied`, `not_found`: a person has to correct something; `invalid`: this message is not taken as it is.
   */
  notify(event: NotifyEvent, delivery?: Delivery): Promise<Delivered | null>
  close?(): Promise<void>
}
