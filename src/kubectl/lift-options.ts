/** Where the release is may be said behind the command too, as people write it for kubectl. */

/** The options of `kubectl keyrota` that say where the release is. */
export interface PlaceOptions {
  namespace: string
  release: string
  kubeconfig?: string
  context?: string
}

const NAMES: Readonly<Record<string, keyof PlaceOptions>> = {
  '-n': 'namespace',
  '--namespace': 'namespace',
  '--release': 'release',
  '--kubeconfig': 'kubeconfig',
  '--context': 'context',
}

/** Takes those options out of the words behind the command; a command that has an option of the same name keeps it. */
export function liftOptions(
  verb: string,
  words: readonly string[],
): { lifted: Partial<PlaceOptions>; rest: string[] } {
  const lifted: Partial<PlaceOptions> = {}
  const rest: string[] = []
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    if (word === '--') return { lifted, rest: [...rest, ...words.slice(at)] }
    const [name = '', ...given] = word.split('=')
    const option = verb === 'permissions' && name === '--namespace' ? undefined : NAMES[name]
    const value = given.length > 0 ? given.join('=') : words[at + 1]
    if (option === undefined || value === undefined) {
      rest.push(word)
      continue
    }
    lifted[option] = value
    if (given.length === 0) at += 1
  }
  return { lifted, rest }
}
