import { randomUUID } from 'node:crypto'
import type { Content } from '../../../laws/secret-store.ts'
import { requireEnv } from '../../require-env.ts'

/** The Vault or OpenBao server of the tests, seen from its own side. */
export class VaultServer {
  readonly address = requireEnv('KEYROTA_TEST_VAULT_ADDR')
  readonly rootToken = requireEnv('KEYROTA_TEST_VAULT_TOKEN')

  /** The parsed answer of a request that must succeed. */
  async ask(method: string, path: string, body?: object, token = this.rootToken): Promise<unknown> {
    const answer = await fetch(`${this.address}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`)
    return text === '' ? undefined : JSON.parse(text)
  }

  async send(method: string, path: string, body?: object): Promise<void> {
    await this.ask(method, path, body)
  }

  async newSecret(content: Content): Promise<string> {
    const secret = `law/${randomUUID()}`
    await this.send('POST', `secret/data/${secret}`, { data: content })
    return secret
  }

  async readFields(secret: string): Promise<Record<string, string>> {
    const answer = (await this.ask('GET', `secret/data/${secret}`)) as {
      data: { data: Record<string, string> }
    }
    return answer.data.data
  }

  /** As a careful person does it: everything else is written back as it was read. */
  async mergeFields(secret: string, content: Content): Promise<void> {
    const data = { ...(await this.readFields(secret)), ...(content as object) }
    await this.send('POST', `secret/data/${secret}`, { data })
  }

  /** Versions that are neither deleted nor destroyed. */
  async countVersions(secret: string): Promise<number> {
    const answer = (await this.ask('GET', `secret/metadata/${secret}`)) as {
      data: { versions: Record<string, { destroyed: boolean; deletion_time: string }> }
    }
    const versions = Object.values(answer.data.versions)
    return versions.filter((one) => !one.destroyed && one.deletion_time === '').length
  }

  /** A token with the default policy and this one, in HCL; none for empty text. */
  async newToken(policy: string, more: object = {}): Promise<string> {
    const name = `law-${randomUUID()}`
    if (policy !== '') await this.send('PUT', `sys/policies/acl/${name}`, { policy })
    const policies = policy === '' ? ['default'] : ['default', name]
    const answer = (await this.ask('POST', 'auth/token/create', { policies, ttl: '10m', ...more })) as {
      auth: { client_token: string }
    }
    return answer.auth.client_token
  }
}
