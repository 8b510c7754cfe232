/* Consumer `compose`: a service of Docker Compose, whose containers are made anew, since a restarted one keeps its environment. */

import type { Call, ProviderContext } from '../../../src/contracts/call.ts'
import type { Consumer, Readiness } from '../../../src/contracts/consumer.ts'
import { parseDurationMs } from '../../../src/contracts/duration.ts'
import { ProviderError } from '../../../src/contracts/errors.ts'
import { type Command, type Ended, runCommand } from '../../shared/command/run.ts'
import { readReport } from '../../shared/consumer/report.ts'
import { type Container, INSPECT_FORMAT, judgeContainers, readContainers } from './containers.ts'
import type { Options } from './options.ts'

/** More containers of one service than anybody runs on one machine. */
const MAX_CONTAINERS = 200

/** One use of this consumer: its name and the mark of the restart go with every program that runs. */
interface Use {
  options: Options
  name: string
  mark: string
  call: Call
}

export function make(options: Options, { name }: ProviderContext): Consumer {
  return {
    restart: (mark, call) => recreate({ options, name, mark, call }),
    async ready({ mark }, call) {
      const use = { options, name, mark, call }
      const containers = await inspect(use, await listIds(use))
      const readiness = judgeContainers(containers)
      return readiness.is === 'ready' ? await addFingerprint(use, containers, readiness) : readiness
    },
  }
}

/**
 * Makes every container of the service anew, as many as there are now. Nothing is built or pulled: a rotation must not
 * bring a new version of the service.
 */
async function recreate(use: Use): Promise<void> {
  const { service } = use.options
  const count = (await listIds(use)).length
  const scale = count > 1 ? ['--scale', `${service}=${count}`] : []
  const fixed = ['--detach', '--force-recreate', '--no-deps', '--no-build', '--pull', 'never']
  const up = compose(use, 'up', ...fixed, ...scale, service)
  const { exitCode } = await run(use, { verb: 'up', words: up, reads: false })
  if (exitCode !== 0) throw toFailure(use, 'up', exitCode, 'unknown')
}

/** The full ids of the service's containers, also of those that do not run. */
async function listIds(use: Use): Promise<string[]> {
  const words = compose(use, 'ps', '--all', '--quiet', '--no-trunc', use.options.service)
  const { exitCode, output } = await run(use, { verb: 'ps', words, reads: true })
  if (exitCode !== 0) throw toFailure(use, 'ps', exitCode, 'none')
  const ids = output.split('\n').filter((line) => line !== '')
  if (ids.length <= MAX_CONTAINERS && ids.every((id) => /^[0-9a-f]{12,64}$/.test(id))) return ids
  throw toFailure(use, 'ps', 'a list that is none of containers', 'none')
}

/** What the engine tells about them. The format names each field, so that no value of the environment comes along. */
async function inspect(use: Use, ids: readonly string[]): Promise<Container[]> {
  if (ids.length === 0) return []
  const words = [...docker(use), 'inspect', '--type', 'container', '--format', INSPECT_FORMAT, ...ids]
  const { exitCode, output } = await run(use, { verb: 'inspect', words, reads: true })
  // A container may have gone in between: the next look sees what took its place.
  if (exitCode !== 0) return []
  const containers = readContainers(output)
  if (containers?.length === ids.length) return containers
  throw toFailure(use, 'inspect', 'something else than was asked for', 'none')
}

/** The fingerprint that all containers report; one that differs is shown, as it is what keeps the old key alive. */
async function addFingerprint(
  use: Use,
  containers: readonly Container[],
  readiness: Readiness,
): Promise<Readiness> {
  const { fingerprint: words } = use.options
  if (!words) return readiness
  const seen = new Set<string>()
  for (const { id } of containers) {
    const inside = [...docker(use), 'exec', id, ...words]
    const { exitCode, output } = await run(use, { verb: 'fingerprint', words: inside, reads: true })
    const { fingerprint } = exitCode === 0 ? readReport(output) : {}
    const what = exitCode === 0 ? 'printed no fingerprint' : `ended with exit code ${exitCode}`
    if (fingerprint === undefined)
      return { ...readiness, why: `the fingerprint program in container ${id.slice(0, 12)} ${what}` }
    seen.add(fingerprint)
  }
  const [fingerprint, other] = seen
  if (other !== undefined) return { is: 'progressing', why: 'its containers run with different keys' }
  return fingerprint === undefined ? readiness : { ...readiness, fingerprint }
}

function docker({ options }: Use): string[] {
  return [options.docker, '--host', `unix://${options.socket}`]
}

function compose(use: Use, ...words: readonly string[]): string[] {
  const { files, project, envFiles } = use.options
  return [
    ...docker(use),
    'compose',
    ...files.flatMap((file) => ['--file', file]),
    ...(project === undefined ? [] : ['--project-name', project]),
    ...envFiles.flatMap((file) => ['--env-file', file]),
    '--ansi',
    'never',
    ...words,
  ]
}

function run(
  { options, name, mark, call }: Use,
  { verb, words, reads }: { verb: string; words: readonly string[]; reads: boolean },
): Promise<Ended> {
  const command: Command = {
    provider: name,
    verb,
    words,
    folder: '/',
    // A variable of ours would win over the `.env` file, and hide the new value from the containers.
    environment: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C', KEYROTA_MARK: mark },
    limitMs: parseDurationMs(options.limit),
    reads,
    effect: reads ? 'none' : 'unknown',
  }
  return runCommand(command, call)
}

function toFailure(
  { options, name }: Use,
  verb: string,
  how: number | string,
  effect: 'none' | 'unknown',
): ProviderError {
  const files = options.files.map((file) => `--file ${file} `).join('')
  return new ProviderError({
    code: 'unavailable',
    provider: name,
    message: `docker compose ${verb} ${typeof how === 'number' ? `ended with exit code ${how}` : `printed ${how}`}`,
    effect,
    nextStep: `Run it as the user that runs Keyrota, to see why: docker compose ${files}ps --all ${options.service}`,
  })
}
