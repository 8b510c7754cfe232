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

/** The servers with how many rules passed, then every rule by store: `✓`, or at how many of its servers it passed. */
export function renderLawTable(results: readonly LawResult[]): string {
  const stores = [...new Set(results.map(({ store }) => store))].sort()
  const rules = [...new Set(results.map(({ rule }) => rule))]
  const servers = stores.flatMap((store) => {
    const ofStore = results.filter((one) => one.store === store)
    const byServer = Map.groupBy(ofStore, ({ server }) => server)
    return [...byServer].map(([server, of]) => [`\`${store}\``, server, sayPassed(of)])
  })
  const cells = (rule: string) =>
    stores.map((store) => sayCell(results.filter((one) => one.store === store && one.rule === rule)))
  return [
    formatTable([['store', 'server', 'rules passed'], ...servers]),
    formatTable([
      ['rule', ...stores.map((store) => `\`${store}\``)],
      ...rules.map((rule) => [rule, ...cells(rule)]),
    ]),
  ].join('\n\n')
}

function sayPassed(results: readonly LawResult[]): string {
  const passed = results.filter((one) => one.passed).length
  return passed === results.length ? `all ${passed}` : `**${passed} of ${results.length}**`
}

function sayCell(results: readonly LawResult[]): string {
  if (results.length === 0) return 'not run'
  return results.every(({ passed }) => passed) ? '✓' : `**${sayPassed(results).replaceAll('*', '')}**`
}

/** The text with this table between its two markers. @throws Error for a text without them. */
export function putLawTable(text: string, table: string): string {
  const { begin, end } = findMarkers(text)
  return `${text.slice(0, begin)}${BEGIN}\n${table}\n\n${text.slice(end)}`
}

/** The table that stands between the markers. @throws Error for a text without them. */
export function takeLawTable(text: string): string {
  const { begin, end } = findMarkers(text)
  return text.slice(begin + BEGIN.length, end).trim()
}

function findMarkers(text: string): { begin: number; end: number } {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error(`no place for the law between ${BEGIN.trim()} and ${END}`)
  return { begin, end }
}
