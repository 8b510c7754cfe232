import { formatTable } from './markdown.ts'

/**
 * The table of the store law: which rule every store passed at which server. `npm run test:real` prints it, and writes
 * it into `providers/README.md` when nothing was left out.
 */

/** What one rule came to for one store at one server. */
export interface LawResult {
  readonly store: string
  readonly server: string
  readonly rule: string
  readonly passed: boolean
}

const BEGIN = '<!-- law -->\n'
const END = '<!-- /law -->'

/** Every rule, at each server of each store; the last row counts. */
export function renderLawTable(results: readonly LawResult[]): string {
  const stores = [...new Set(results.map(({ store }) => store))].sort()
  const rules = [...new Set(results.map(({ rule }) => rule))]
  const columns = stores.flatMap((store) => {
    const byServer = Map.groupBy(
      results.filter((one) => one.store === store),
      ({ server }) => server,
    )
    return [...byServer].map(([server, of]) => ({ head: `${shorten(store, stores)}: ${server}`, of }))
  })
  return formatTable([
    ['rule', ...columns.map(({ head }) => head)],
    ...rules.map((rule) => [rule, ...columns.map(({ of }) => sayCell(of, rule))]),
    ['**passed**', ...columns.map(({ of }) => sayPassed(of, rules.length))],
  ])
}

/** The first word of a store's name, where no other store's begins with it. */
function shorten(store: string, stores: readonly string[]): string {
  const [word = store] = store.split('-')
  return stores.filter((one) => one.split('-')[0] === word).length === 1 ? word : store
}

function sayCell(results: readonly LawResult[], rule: string): string {
  const ofRule = results.filter((one) => one.rule === rule)
  if (ofRule.length === 0) return 'not run'
  return ofRule.every(({ passed }) => passed) ? '✓' : '**✗**'
}

function sayPassed(results: readonly LawResult[], rules: number): string {
  const passed = results.filter((one) => one.passed).length
  return passed === rules ? `all ${passed}` : `**${passed} of ${rules}**`
}

/** The text with this table between its two markers. @throws Error for a text without them. */
export function putLawTable(text: string, table: string): string {
  const { begin, end } = findMarkers(text)
  return `${text.slice(0, begin)}${BEGIN}\n${table}\n\n${text.slice(end)}`
}

/** Replaces the table between the markers. @throws Error for a text without them */
export function takeLawTable(text: string): string {
  const { begin, end } = findMarkers(text)
  return text.slice(begin + BEGIN.length, end).trim()
}

function findMarkers(text: string): { begin: number; end: number } {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`no place for the law between ${BEGIN.trim()} and ${END}`)
  return { begin, end }
}
