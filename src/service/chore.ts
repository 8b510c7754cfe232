/**
 * Work that is about no single rotation and comes back by itself: messages to deliver, usage to read, campaigns to
 * drive. `run` does each of them once, `serve` again and again. None holds up a rotation.
 */
import type { Context } from './context.ts'

export interface Chore {
  /** A constant, e.g. `deliver`; also what it is called in messages about its failure. */
  readonly name: string
  /** Kinds of documents at whose change it wants to be called at once. */
  readonly kinds?: readonly string[]
  /**
   * Does what is due, bounded in time, and ends soon after `context.stop` aborts.
   * @returns when it wants to be called again, in milliseconds since 1970; null: only when something has changed.
   */
  work(context: Context): Promise<number | null>
}
