/** Something people should hear of. No value is ever in it. */
export interface NotifyEvent {
  /** Milliseconds since 1970, the journal's time. */
  at: number
  level: 'info' | 'warning' | 'alarm'
  key: string
  rotation?: string
  /** A constant, e.g. `rotation-completed`, `probe-may-have-billed`. */
  kind: string
  message: string
  /** The command that goes on from here, when a person is needed. */
  command?: string
}

export interface Notifier {
  /** Never holds up a rotation: the caller neither waits for it nor fails with it. */
  tell(event: NotifyEvent): Promise<void>
  close?(): Promise<void>
}
