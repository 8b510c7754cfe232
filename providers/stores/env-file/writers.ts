import { isListed, type WriterRules } from '../../shared/options/writers.ts'
import type { Place } from '../../shared/store/place.ts'

/*
 * An env file that a tool writes gets the old value again when the tool runs the next time. Such a tool signs its file in
 * a comment, or writes it into a place of its own. No text of the file is repeated: a comment may hold a value.
 */

interface Tool {
  readonly name: string
  readonly says: RegExp
  /** Completes "Target … instead." */
  readonly target: string
}

const template = 'what the template takes the value from'

/** What tools write into the comments of the files that they make. */
const tools: readonly Tool[] = [
  { name: 'doppler', says: /doppler/i, target: 'the config in Doppler' },
  { name: 'infisical', says: /infisical/i, target: 'the secret in Infisical' },
  {
    name: 'vault-agent',
    says: /vault[- ]?(agent|proxy)|bao agent/i,
    target: 'the Vault path that the template names',
  },
  { name: 'consul-template', says: /consul[- ]template/i, target: template },
  { name: 'confd', says: /\bconfd\b/i, target: template },
  { name: '1password', says: /1password|\bop inject\b/i, target: 'the item in 1Password' },
  { name: 'bitwarden', says: /bitwarden/i, target: 'the secret in Bitwarden' },
  { name: 'akeyless', says: /akeyless/i, target: 'the item in Akeyless' },
  {
    name: 'dotenvx',
    says: /DOTENV_(PUBLIC_KEY|VAULT)|dotenvx|dotenv-vault/,
    target: 'a file that is not encrypted',
  },
  { name: 'vercel', says: /created by vercel/i, target: 'the variable of the project at Vercel' },
  { name: 'netlify', says: /netlify/i, target: 'the variable of the site at Netlify' },
  {
    name: 'ansible',
    says: /ansible[ _]managed|ansible/i,
    target: 'the vault or the store that the playbook reads',
  },
  { name: 'terraform', says: /terraform|opentofu/i, target: 'the place that Terraform takes the value from' },
  { name: 'puppet', says: /puppet/i, target: 'the data that the Puppet manifest reads' },
  { name: 'chef', says: /\bchef\b/i, target: 'the data bag that the recipe reads' },
  { name: 'salt', says: /\bsalt(stack)?\b/i, target: 'the pillar that the state reads' },
  { name: 'chezmoi', says: /chezmoi/i, target: 'the source file of chezmoi' },
  {
    name: 'nix',
    says: /\b(nixos|home-manager|nix)\b/i,
    target: 'the place that the Nix module takes the value from',
  },
  { name: 'sops', says: /\bsops\b/i, target: 'the encrypted file' },
  { name: 'direnv', says: /\bdirenv\b/i, target: 'the file that .envrc reads' },
]

/** Comments with which a file says that something makes it. */
const signature =
  /\b(auto-?generated|automatically generated|(generated|created|managed|maintained|controlled|written|rendered) (by|from|with|on|at)|do not (edit|modify|change)|don['’]t (edit|modify)|changes (will|may) be (lost|overwritten)|will be overwritten|managed block)\b|ansible[ _]managed|DOTENV_(PUBLIC_KEY|VAULT)/i

/** The same of a tool that is not known: people write of single values that they were generated with something. */
const anonymousSignature =
  /\b(auto-?generated|automatically generated|(generated|managed) by|do not (edit|modify)|will be overwritten)\b/i

/** Folders that a tool fills, from its documents. */
const places: readonly { readonly name: string; readonly path: RegExp; readonly target: string }[] = [
  {
    name: 'nix',
    path: /^\/(nix|gnu)\/store\//,
    target: 'the place that the Nix module takes the value from',
  },
  { name: 'vault-agent', path: /^\/vault\/secrets\//, target: 'the Vault path that the template names' },
  { name: 'csi', path: /^\/mnt\/secrets-store\//, target: 'the store that the SecretProviderClass names' },
  {
    name: 'run-secrets',
    path: /^\/(var\/)?run\/(secrets|agenix|credentials)(\.d)?\//,
    target: 'the source of the mounted secret',
  },
]

/** Who writes this file, and what to rotate instead; `text` with one character per byte. */
export function findFileWriter(
  path: string,
  text: string,
  rules: WriterRules,
): { name: string; where: string; target: string } | undefined {
  const place = places.find(({ path: pattern, name }) => pattern.test(path) && !isListed(rules.allow, name))
  if (place)
    return { name: place.name, where: `it is in a folder that ${place.name} fills`, target: place.target }
  let isHead = true
  for (const [index, line] of text.split('\n').entries()) {
    const isComment = /^\s*[#;/]/.test(line)
    const found = isComment ? judgeComment(line, { ...rules, isHead }) : undefined
    if (found) return { ...found, where: `line ${index + 1} says so` }
    isHead &&= isComment || line.trim() === ''
  }
  return undefined
}

/** A known tool signs its part of a file anywhere, one that is not known only the whole, before the first variable. */
function judgeComment(
  line: string,
  { allow, deny, isHead }: WriterRules & { isHead: boolean },
): { name: string; target: string } | undefined {
  const unknown = 'the place that it takes the value from'
  if (deny.some((entry) => line.includes(entry.replace(/\*$/, ''))))
    return { name: 'a tool that `writers.deny` of this store names', target: unknown }
  const tool = signature.test(line) ? tools.find(({ says }) => says.test(line)) : undefined
  const isAnonymous = tool === undefined && isHead && anonymousSignature.test(line)
  const found = tool ?? (isAnonymous ? { name: 'generator', target: unknown } : undefined)
  return found === undefined || isListed(allow, found.name) ? undefined : found
}

/** @throws ProviderError `invalid` for a file that a tool would write again. */
export function refuseWritten(
  place: Place & { readonly path: string },
  text: string,
  rules: WriterRules,
): void {
  const writer = findFileWriter(place.path, text, rules)
  if (writer === undefined) return
  const { name, where, target } = writer
  const who = name === 'generator' ? 'some tool' : name
  const allowing = /^[\w-]+$/.test(name)
    ? ` If it never writes this file again, set \`writers: { allow: [${name}] }\` of this store.`
    : ''
  throw place.fail({
    code: 'invalid',
    says: `is written by ${who}, which would restore its own value: ${where}`,
    nextStep: `Target ${target} instead.${allowing}`,
  })
}
