/** How far a number lies beyond the nearer of two bounds; 0 between them. */
export function beyond(value: number, least: number, most: number): number {
  return value - Math.min(Math.max(value, least), most)
}
