/* The one JSON document that a command prints with `--json`: times in ISO 8601, commands as they have to be typed. */

/** Fields that hold an instant in milliseconds, wherever they are in a document. */
export const INSTANTS: ReadonlySet<string> = new Set([
  'acceptedAt',
  'answeredAt',
  'askedAt',
  'at',
  'beganAt',
  'createdAt',
  'deadline',
  'diesAt',
  'droppedAt',
  'endedAt',
  'expiresAt',
  'failedSince',
  'firstSeen',
  'intendedAt',
  'killBy',
  'lookedAt',
  'landsBy',
  'last',
  'lastSeen',
  'lastUsedAt',
  'leaseUntil',
  'nextAt',
  'nextRotationAt',
  'nextTryAt',
  'overAt',
  'overdueSince',
  'overlapUntil',
  'plannedAt',
  'progressAt',
  'queuedSince',
  'quietUntil',
  'readAt',
  'readBackAt',
  'readTo',
  'remindAt',
  'restartedAt',
  'rotatedAt',
  'since',
  'startedAt',
  'stepSince',
  'until',
  'wakeAt',
])

/** The text of a document. `say` rewrites every text in it; without an indent it is one line. */
export function formatDocument(document: unknown, say: (text: string) => string, indent = 2): string {
  return JSON.stringify(document, (field, value) => toPublic(field, value, say), indent)
}

function toPublic(field: string, value: unknown, say: (text: string) => string): unknown {
  if (typeof value === 'string') return say(value)
  if (typeof value === 'number' && INSTANTS.has(field) && Math.abs(value) <= 8.64e15) {
    // 0 means "never" in the record.
    return value === 0 ? null : new Date(value).toISOString()
  }
  return value
}
