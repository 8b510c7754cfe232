/** A file that cannot be taken at its word. The message says why and quotes nothing but names of time zones. */
export class CalendarTrouble extends Error {
  override readonly name = 'CalendarTrouble'
}
