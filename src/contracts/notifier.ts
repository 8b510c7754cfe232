/* The contract of a notifier, which reports events to people. */

/** An event worth reporting. Never contains a key value. */
export interface NotifyEvent {
  /** Milliseconds since 1970, by the journal's clock. */
  at: number
  level: 'info' | 'warning' | 'alarm'
  key: string
  rotation?: string
  /** A constant, e.g. `rotation-completed`, `probe-may-have-billed`. */
  kind: string
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
