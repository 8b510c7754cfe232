import { execFile } from 'node:child_process'
import { basename, dirname, resolve } from 'node:path'
import type { User } from '@kubernetes/client-node'
import { ProviderError } from '../../../src/contracts/errors.ts'

/*
 * A kubeconfig may name a program that prints credentials. The official client runs it without a limit and passes on what
 * it printed; here it has its own time, and an error names the program and nothing that it said.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */

export interface Credential {
  readonly token?: string
  readonly clientCertificateData?: string
  readonly clientKeyData?: string
  /** Milliseconds since 1970; Infinity for credentials without an end. */
  readonly endsAtMs: number
}

interface Command {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** How errors name it. */
  readonly name: string
}

export interface Plugin {
  /** The credentials that it printed last, or prints now; all who ask meanwhile share one run. */
  obtain(): Promise<Credential>
  /** The server refused them: the next call asks the program again. */
  forget(): void
  /** Ends a program that still runs. */
  close(): void
}

/** A credential is taken for ended a little before it is. */
const earlyMs = 10_000
const maxOutputBytes = 1024 * 1024

export function openPlugin(provider: string, command: Command, limitMs: number): Plugin {
  let held: Credential | undefined
  let running: Promise<Credential> | undefined
  const stop = new AbortController()
  const run = async () => {
    try {
      held = readCredential(provider, command, await runCommand(provider, command, limitMs, stop.signal))
      return held
    } finally {
      running = undefined
    }
  }
  return {
    async obtain() {
      if (held !== undefined && Date.now() < held.endsAtMs - earlyMs) return held
      running ??= run()
      return await running
    },
    forget() {
      held = undefined
    },
    close: () => stop.abort(),
  }
}

/** The program of a kubeconfig's user, in the present form or in the old one; undefined when it has none. */
export function readCommand(user: User | null, kubeconfig = '.'): Command | undefined {
  const exec: unknown = user?.exec ?? user?.authProvider?.config?.exec
  if (typeof exec !== 'object' || exec === null) return undefined
  const { command, args, env } = exec as { command?: unknown; args?: unknown; env?: unknown }
  const text = typeof command === 'string' ? command : ''
  const pairs = (Array.isArray(env) ? env : []) as { name?: unknown; value?: unknown }[]
  return {
    // As kubectl does: a path in it starts at the folder of the kubeconfig.
    command: text.includes('/') ? resolve(dirname(kubeconfig), text) : text,
    args: Array.isArray(args) ? args.map(String) : [],
    env: Object.fromEntries(pairs.map(({ name, value }) => [String(name), String(value)])),
    name: /^[\w.-]{1,64}$/.test(basename(text)) ? basename(text) : 'the plugin of the kubeconfig',
  }
}

function runCommand(
  provider: string,
  { command, args, env, name }: Command,
  limitMs: number,
  signal: AbortSignal,
): Promise<string> {
  const options = {
    env: { ...process.env, ...env },
    timeout: limitMs,
    killSignal: 'SIGKILL' as const,
    maxBuffer: maxOutputBytes,
    signal,
  }
  const ended = Promise.withResolvers<string>()
  execFile(command, [...args], options, (error, stdout) => {
    if (error) ended.reject(explainFailure(provider, name, limitMs, error))
    else ended.resolve(stdout)
  }).stdin?.end()
  return ended.promise
}

const byHand =
  'Run `kubectl auth whoami` with the same kubeconfig and context, as the user that runs Keyrota: it shows what the plugin says.'

/** Of the error only its kind is kept: its text holds the command line and what the program printed. */
function explainFailure(
  provider: string,
  name: string,
  limitMs: number,
  error: Error & { code?: unknown; killed?: boolean | undefined },
): ProviderError {
  const fail = makeFailing(provider, name)
  if (error.code === 'ENOENT' || error.code === 'EACCES')
    return fail(
      'invalid',
      `cannot be started (${error.code})`,
      `Install ${name} where Keyrota runs, or correct the kubeconfig.`,
    )
  if (error.code === 'ABORT_ERR') return fail('unavailable', 'was stopped', 'Start Keyrota again.')
  if (error.killed === true && error.code === null)
    return fail(
      'unavailable',
      `gave no credentials within ${limitMs} ms and was ended`,
      `${byHand} \`pluginLimit\` of this provider gives it more time.`,
    )
  if (typeof error.code === 'number') return fail('denied', `failed with exit code ${error.code}`, byHand)
  return fail('unavailable', 'was ended by the system', byHand)
}

function readCredential(provider: string, { name }: Command, output: string): Credential {
  const fail = makeFailing(provider, name)
  const printed = parseStatus(output) ?? {}
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = printed
  const hasCertificate = typeof clientCertificateData === 'string' && typeof clientKeyData === 'string'
  if (typeof token !== 'string' && !hasCertificate)
    throw fail('invalid', 'printed no credentials that Keyrota can read', byHand)
  const endsAtMs = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN
  return {
    ...(typeof token === 'string' ? { token } : {}),
    ...(hasCertificate ? { clientCertificateData, clientKeyData } : {}),
    endsAtMs: Number.isNaN(endsAtMs) ? Number.POSITIVE_INFINITY : endsAtMs,
  }
}

/** The `status` of an ExecCredential; undefined when the output is none. */
function parseStatus(output: string): Record<string, unknown> | undefined {
  let printed: unknown
  try {
    printed = JSON.parse(output)
  } catch {
    // The caller says that there is nothing to read; the parser's error would repeat the output.
    return undefined
  }
  const { status } = Object(printed) as { status?: unknown }
  return typeof status === 'object' && status !== null ? (status as Record<string, unknown>) : undefined
}

function makeFailing(provider: string, name: string) {
  return (code: 'denied' | 'invalid' | 'unavailable', what: string, nextStep: string) =>
    new ProviderError({
      code,
      provider,
      message: `signing in to the cluster: the plugin ${name} ${what}`,
      effect: 'none',
      nextStep,
    })
}
