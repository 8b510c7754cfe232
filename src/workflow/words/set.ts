/**
 * Changes several members of a part of the record at once. Unlike a bare `Object.assign` it takes only members that
 * the part has, with values of their types: what is written here is the one thing that survives a crash.
 */
export function set<T extends object>(draft: T, change: Readonly<Partial<NoInfer<T>>>): void {
  // biome-ignore lint/nursery/noJsRestrictedProperties: the one place that is typed above
  Object.assign(draft, change)
}
