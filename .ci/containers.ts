import { randomUUID } from 'node:crypto'
import type { StartedTestContainer } from 'testcontainers'
import { makePrincipal } from '../test/shared/stand-ins/aws/query.ts'

/*
 * Starts the servers of the real suites that are published as container images. Each is reachable through a port of
 * 127.0.0.1 only and stops with the run.
 */

/** Variables `KEYROTA_TEST_…` with their values. */
export type Settings = Readonly<Record<string, string>>

export interface Containers {
  readonly settings: Settings
  /** One line for each server: its image and its address. */
  readonly lines: readonly string[]
  stop(): Promise<void>
}

interface Recipe {
  image: string
  port: number
  /** Servers on the loopback interface that it would have to call; a container cannot. */
  calls?: readonly string[]
  command: readonly string[]
  /** A path that returns success once the server is ready. */
  readyAt: string
  /** Prepares the server and returns its settings. `findInLog` waits for a line that the server prints when it starts. */
  prepare(address: string, findInLog: (pattern: RegExp) => Promise<string>): Promise<Settings>
}

const rootToken = randomUUID()

const RECIPES: Readonly<Record<string, Recipe>> = {
  aws: {
    image: 'motoserver/moto:5.2.5',
    port: 5000,
    command: ['-p', '5000'],
    readyAt: '/moto-api/data.json',
    prepare: createAdmin,
  },
  vault: {
    image: 'openbao/openbao:2.7.2',
    port: 8200,
    calls: ['kubernetes'],
    command: ['server', '-dev', `-dev-root-token-id=${rootToken}`, '-dev-listen-address=0.0.0.0:8200'],
    readyAt: '/v1/sys/health',
    prepare: async (address, findInLog) => ({
      KEYROTA_TEST_VAULT_ADDR: address,
      KEYROTA_TEST_VAULT_TOKEN: rootToken,
      KEYROTA_TEST_VAULT_UNSEAL_KEY: await findInLog(/Unseal Key: (\S+)/),
    }),
  },
}

/** Which of these servers can run in containers if all of them have to work together. */
export function containable(servers: readonly string[]): string[] {
  return servers.filter((server) => {
    const recipe = RECIPES[server]
    return recipe !== undefined && !recipe.calls?.some((other) => servers.includes(other))
  })
}

/** Creates a user with all permissions. From then on, every request must be signed and allowed by a policy. */
async function createAdmin(endpoint: string): Promise<Settings> {
  const region = 'us-east-1'
  const everything = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  })
  const anybody = { endpoint, region, id: 'setup', secret: 'setup' }
  const { id, secret } = await makePrincipal(anybody, 'admin', everything)
  // Sent as text: moto returns 500 for a form here.
  const reset = await fetch(`${endpoint}/moto-api/reset-auth`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: '0',
  })
  if (!reset.ok) throw new Error(`moto returned ${reset.status} when policies were switched on`)
  return {
    KEYROTA_TEST_AWS_ENDPOINT: endpoint,
    KEYROTA_TEST_AWS_REGION: region,
    KEYROTA_TEST_AWS_ACCESS_KEY_ID: id,
    KEYROTA_TEST_AWS_SECRET_ACCESS_KEY: secret,
  }
}

/** Why no container can be started on this machine; null if one can. */
export async function whyNoEngine(): Promise<string | null> {
  const { getContainerRuntimeClient } = await import('testcontainers')
  try {
    await getContainerRuntimeClient()
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/**
 * Starts these servers, each in a container of its own.
 * @throws Error if one does not start; the others are stopped first
 */
export async function startContainers(servers: readonly string[]): Promise<Containers> {
  const started: StartedTestContainer[] = []
  const stop = async () => {
    for (const container of started.splice(0)) await container.stop()
  }
  const settings: Record<string, string> = {}
  const lines: string[] = []
  try {
    for (const server of servers) {
      const recipe = RECIPES[server]
      if (!recipe) throw new Error(`there is no container for ${server}`)
      const container = await startContainer(recipe)
      started.push(container)
      const address = `http://127.0.0.1:${container.getMappedPort(recipe.port)}`
      Object.assign(settings, await recipe.prepare(address, (pattern) => findInLog(container, pattern)))
      lines.push(`${server}: in a container, ${recipe.image} at ${address}`)
    }
  } catch (error) {
    await stop()
    throw error
  }
  return { settings, lines, stop }
}

/** What the first group of the pattern matches in the output of the container. */
async function findInLog(container: StartedTestContainer, pattern: RegExp): Promise<string> {
  let text = ''
  const log = await container.logs()
  try {
    for await (const chunk of log) {
      text += chunk
      const [, found] = pattern.exec(text) ?? []
      if (found !== undefined) return found
    }
  } finally {
    log.destroy()
  }
  throw new Error(`the container ended without a line like ${pattern}`)
}

async function startContainer(recipe: Recipe): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await import('testcontainers')
  /** By itself the library publishes a port on every address of the machine. */
  class LoopbackContainer extends GenericContainer {
    protected override async beforeContainerCreated(): Promise<void> {
      const bindings: Record<string, { HostIp?: string }[]> = this.hostConfig.PortBindings
      for (const binding of Object.values(bindings).flat()) binding.HostIp = '127.0.0.1'
    }
  }
  return new LoopbackContainer(recipe.image)
    .withCommand([...recipe.command])
    .withExposedPorts(recipe.port)
    .withWaitStrategy(Wait.forHttp(recipe.readyAt, recipe.port))
    .withStartupTimeout(120_000)
    .start()
}
