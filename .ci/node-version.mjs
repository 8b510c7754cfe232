// Plain JavaScript that any Node with ES modules can parse: it runs before we know that this Node is new enough.

/**
 * Says in one line that this Node is too old, or nothing when it is not.
 * @param {string} found a version such as `20.20.2`
 * @param {string} wanted the lowest that will do, as `engines.node` states it, e.g. `>=22.19`
 * @returns {string | undefined}
 */
export function explainOldNode(found, wanted) {
  const has = found.split('.').map(Number)
  const needs = wanted.replace(/^>=/, '').split('.').map(Number)
  for (let place = 0; place < needs.length; place += 1) {
    if (has[place] > needs[place]) return undefined
    if (has[place] < needs[place]) {
      return `Keyrota needs Node ${needs.join('.')} or newer, this is Node ${found}.`
    }
  }
  return undefined
}
