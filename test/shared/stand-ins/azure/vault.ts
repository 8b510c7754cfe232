import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import type { Content } from '../../../laws/secret-store.ts'
import { type FaultProxy, startFaultProxy } from '../../network/fault-proxy.ts'
import { collectBody } from '../../network/forward.ts'
import { requireEnv } from '../../require-env.ts'

const run = promisify(execFile)

interface Bundle {
  id: string
  value: string
  contentType?: string
  tags?: Record<string, string>
  attributes: { enabled: boolean; created: number; exp?: number; nbf?: number }
}

/** The Key Vault of the tests, seen from its own side, past adapter and proxy. */
export class AzureVault {
  readonly address = requireEnv('KEYROTA_TEST_AZURE_VAULT_URL')
  readonly token = requireEnv('KEYROTA_TEST_AZURE_TOKEN')
  readonly #admin = requireEnv('KEYROTA_TEST_AZURE_ADMIN')
  readonly #ca = readFileSync(requireEnv('KEYROTA_TEST_AZURE_CA'), 'utf8')
  #tls: Promise<{ key: string; cert: string }> | undefined

  /** A proxy with TLS, since the official client sends no token without; from now on this process trusts both. */
  async startProxy(): Promise<FaultProxy> {
    this.#tls ??= this.#makeTls()
    return await startFaultProxy({ upstream: this.address, ca: this.#ca, tls: await this.#tls })
  }

  /** The certificate of every proxy of this object, for other processes to trust. */
  async proxyCertificate(): Promise<string> {
    this.#tls ??= this.#makeTls()
    return (await this.#tls).cert
  }

  async #makeTls(): Promise<{ key: string; cert: string }> {
    const folder = await mkdtemp(join(tmpdir(), 'keyrota-azure-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1']
    await run('openssl', ['req', ...kind, ...subject, '-keyout', key, '-out', cert])
    const tls = { key: await readFile(key, 'utf8'), cert: await readFile(cert, 'utf8') }
    await rm(folder, { recursive: true })
    setDefaultCACertificates([...getCACertificates('default'), this.#ca, tls.cert])
    return tls
  }

  async ask(method: string, path: string, body?: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' }
    const url = `${this.address}/${path}${path.includes('?') ? '&' : '?'}api-version=7.5`
    const outgoing = request(url, { method, headers, ca: this.#ca, agent: false })
    outgoing.end(body === undefined ? undefined : JSON.stringify(body))
    const [answer] = (await once(outgoing, 'response')) as [IncomingMessage]
    const text = (await collectBody(answer)).toString()
    if ((answer.statusCode ?? 500) >= 300)
      throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async send(method: string, path: string, body?: object): Promise<void> {
    await this.ask(method, path, body)
  }

  async newSecret(content: Content, properties: object = {}): Promise<string> {
    const secret = `law-${randomUUID()}`
    await this.setSecret(secret, content, properties)
    return secret
  }

  async setSecret(secret: string, content: Content, properties: object = {}): Promise<void> {
    const value = typeof content === 'string' ? content : JSON.stringify(content)
    await this.send('PUT', `secrets/${secret}`, { value, ...properties })
  }

  /** Sets fields as a careful person does it, who takes no tags over. */
  async mergeFields(secret: string, content: Content): Promise<void> {
    if (typeof content === 'string') return this.setSecret(secret, content)
    await this.setSecret(secret, { ...JSON.parse((await this.getSecret(secret)).value), ...content })
  }

  async getSecret(secret: string, version = ''): Promise<Bundle> {
    return (await this.ask('GET', `secrets/${secret}/${version}`)) as Bundle
  }

  async listVersions(secret: string): Promise<Bundle[]> {
    return ((await this.ask('GET', `secrets/${secret}/versions`)) as { value: Bundle[] }).value
  }

  /** A token of somebody with these permissions alone. */
  async newToken(permissions: readonly string[], model: 'policy' | 'rbac' = 'rbac'): Promise<string> {
    const token = randomUUID()
    await this.askAdmin('POST', '/tokens', { token, permissions, model })
    return token
  }

  /** Requests that came with a good token; the client's first one asks without any, for the challenge. */
  async countRequests(): Promise<number> {
    const seen = (await this.askAdmin('GET', '/requests')) as { principal: string | null }[]
    return seen.filter(({ principal }) => principal !== null).length
  }

  async askAdmin(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(this.#admin + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return text === '' ? undefined : JSON.parse(text)
  }
}
