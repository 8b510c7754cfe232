import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providers } from '../providers/index.ts'
import { describeInput, makeJsonSchema } from '../src/config/describe/json-schema.ts'
import { makeOptionsTable } from '../src/config/describe/options-table.ts'
import { makeConfigReference } from '../src/config/describe/page.ts'
import { makeChartFiles, makeValuesTable } from './chart/files.ts'
import { makeCustomResource } from './custom-resource.ts'
import { makeManPage } from './man-page.ts'
import { formatTable } from './markdown.ts'
import { makeMonitoringFiles } from './monitoring/files.ts'
import { writeRunbook } from './monitoring/rule-file.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const kinds = ['issuers', 'stores', 'consumers', 'notifiers', 'meters', 'receivers', 'journals'] as const

/** Everything between these two lines is generated here. */
const BEGIN = '<!-- options -->\n'
const END = '<!-- /options -->'

/** The expected text of every generated file, by its path in the repository. */
export async function generateFiles(): Promise<Map<string, string>> {
  const schema = `${JSON.stringify(await makeJsonSchema(providers), null, 2)}\n`
  const files = new Map([['src/config/keyrota.schema.generated.json', schema]])
  files.set('src/config/README.md', await fillIn('src/config/README.md', makeConfigReference()))
  for (const kind of kinds) {
    for (const [name, entry] of Object.entries(providers[kind])) {
      const path = `providers/${kind}/${name}/README.md`
      const { options } = await entry.options()
      files.set(path, await fillIn(path, makeOptionsTable(describeInput(options))))
    }
  }
  files.set('helm/keyrota/files/managedkeys.keyrota.dev.yaml', makeCustomResource())
  files.set('docs/keyrota.1', await makeManPage())
  for (const [path, text] of makeChartFiles()) files.set(path, text)
  files.set('helm/keyrota/README.md', await fillIn('helm/keyrota/README.md', makeValuesTable()))
  for (const [path, text] of makeMonitoringFiles()) files.set(path, text)
  files.set('deploy/alerts/README.md', await fillIn('deploy/alerts/README.md', writeRunbook()))
  files.set('providers/README.md', await fillIn('providers/README.md', await listProviders()))
  return files
}

/** The table of all providers with their summaries, by kind. */
async function listProviders(): Promise<string> {
  const lines = await Promise.all(
    kinds.flatMap((kind) =>
      Object.entries(providers[kind]).map(async ([name, entry]) => {
        const { summary } = await entry.options()
        return [kind.slice(0, -1), `[\`${name}\`](${kind}/${name}/README.md)`, summary]
      }),
    ),
  )
  return `${formatTable([['kind', 'name', 'what it is'], ...lines])}\n`
}

/** The text of the file with this text between its markers. */
async function fillIn(path: string, text: string): Promise<string> {
  const before = await readFile(join(root, path), 'utf8')
  const begin = before.indexOf(BEGIN)
  const end = before.indexOf(END)
  if (begin < 0 || end < begin)
    throw new Error(`${path} has no place for generated text between ${BEGIN.trim()} and ${END}`)
  return `${before.slice(0, begin)}${BEGIN}\n${text}\n${before.slice(end)}`
}

if (import.meta.main) {
  for (const [path, text] of await generateFiles()) await writeFile(join(root, path), text)
}
