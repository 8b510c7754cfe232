/*
 * How git is asked about a repository that may be anybody's: its settings may name programs to run and places to fetch
 * from, and nothing of it is run for a question.
 */

export const safeGitOptions: readonly string[] = [
  '--no-pager',
  ...['core.fsmonitor=false', 'core.hooksPath=/dev/null', 'protocol.allow=never'].flatMap((one) => [
    '-c',
    one,
  ]),
  // With those off, another user's repository may be asked too: git refuses to without this.
  ...['-c', 'safe.directory=*'],
]

/** What git gets to see of the environment. `above`: the folder beyond which it does not look for a repository. */
export function safeGitEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  above: string,
): Record<string, string> {
  return {
    PATH: env.PATH ?? '',
    HOME: env.HOME ?? '',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_NO_LAZY_FETCH: '1',
    // Without it git looks further up when this repository is broken, and answers for another one.
    GIT_CEILING_DIRECTORIES: above,
    LC_ALL: 'C',
  }
}
