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

export interface Notifier {
  /** Reports one event. A rotation neither waits for it nor fails because of it. */
  notify(event: NotifyEvent): Promise<void>
  close?(): Promise<void>
}
