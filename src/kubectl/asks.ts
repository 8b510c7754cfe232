/** What `kubectl keyrota` asks for by an annotation: who may patch the ManagedKey may ask, and needs no other right. */
import { Command } from 'commander'

export interface Ask {
  key: string
  annotations: Readonly<Record<string, string>>
  /** The annotation that is taken away when it was answered. */
  main: string
}

const PREFIX = 'keyrota.dev/'

/** The commands that only ask, by their names. */
export const asks: Readonly<Record<string, (asked: (ask: Ask) => void) => Command>> = {
  rotate: (asked) =>
    new Command('rotate')
      .description('have one key rotated')
      .argument('<key>', 'name of the key; `namespace/name` for that of a team')
      .option('--compromised', 'the key has leaked: at once, without overlap')
      .option('--leaked <which>', 'old, new or both')
      .option(
        '--kill-by <when>',
        'a duration or a time: until then the old key is revoked, even if it is in use',
      )
      .option('--reason <text>', 'recorded in the audit trail', 'asked by kubectl keyrota')
      .action((key: string, options: RotateOptions) => {
        const main = options.compromised ? 'compromised' : 'rotate'
        asked(
          askOf(key, main, options.reason, {
            ...(options.leaked === undefined ? {} : { leaked: options.leaked }),
            ...(options.killBy === undefined ? {} : { 'kill-by': options.killBy }),
          }),
        )
      }),
  rollback: (asked) =>
    new Command('rollback')
      .description('have the running rotation turned back')
      .argument('<key>')
      .option('--reason <text>', 'recorded in the audit trail', 'asked by kubectl keyrota')
      .action((key: string, { reason }: { reason: string }) => asked(askOf(key, 'rollback', reason))),
  resume: (asked) =>
    new Command('resume')
      .description('have a waiting or blocked key tried again')
      .argument('<key>')
      .option('--confirm <what>', 'state what is asked for', '')
      .action((key: string, { confirm }: { confirm: string }) => asked(askOf(key, 'confirm', confirm))),
  pause: (asked) =>
    new Command('pause')
      .description('no rotation starts by itself any more')
      .argument('<key>')
      .option('--until <when>', 'a duration, or a time with its offset; then it ends by itself', 'true')
      .action((key: string, { until }: { until: string }) => asked(askOf(key, 'pause', until))),
  unpause: (asked) =>
    new Command('unpause')
      .description('the key is rotated when it is due again')
      .argument('<key>')
      .action((key: string) => asked(askOf(key, 'pause', 'false'))),
}

interface RotateOptions {
  compromised?: boolean
  leaked?: string
  killBy?: string
  reason: string
}

function askOf(key: string, main: string, words: string, more: Record<string, string> = {}): Ask {
  const given = Object.entries({ [main]: words, ...more })
  return {
    key,
    main: PREFIX + main,
    annotations: Object.fromEntries(given.map(([name, text]) => [PREFIX + name, text])),
  }
}
