import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/**
 * The example of this name on the page of the issuer `http`, with texts replaced: what the page says is what the suites
 * hold against the real product.
 */
export function readExample(name: string, replacements: Readonly<Record<string, string>>): object {
  const page = readFileSync(new URL('../../../../providers/issuers/http/README.md', import.meta.url), 'utf8')
  const block = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)]
    .map(([, text = '']) => text)
    .find((text) => Object.keys(parse(text).issuers)[0] === name)
  if (block === undefined) throw new Error(`the page has no example ${name}`)
  let text = block
  for (const [from, to] of Object.entries(replacements)) {
    if (!text.includes(from)) throw new Error(`the example ${name} does not have ${from}`)
    text = text.replaceAll(from, to)
  }
  return parse(text).issuers[name]
}
