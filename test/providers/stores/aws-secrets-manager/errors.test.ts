import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { toAwsError } from '../../../../providers/stores/aws-secrets-manager/errors.ts'
import { make } from '../../../../providers/stores/aws-secrets-manager/index.ts'
import { options as optionsSchema } from '../../../../providers/stores/aws-secrets-manager/options.ts'
import { CredentialsFailure, SLOW_SIGN_IN } from '../../../../providers/stores/aws-secrets-manager/sign-in.ts'
import { material } from '../../../../src/contracts/secret-value.ts'
import { newCall, refused } from '../../../laws/secret-store/helpers.ts'
import { onOperation } from '../../../shared/network/fault-proxy.ts'
import {
  type AwsContractServer,
  startAwsContractServer,
} from '../../../shared/stand-ins/aws/contract-server.ts'
import { type AwsFixture, makeAwsFixture } from '../../../shared/stand-ins/aws/store-fixture.ts'

let server: AwsContractServer
let fixture: AwsFixture
let sts: Server
let stsAnswer: { status: number; code: string }
let folder: string

beforeAll(async () => {
  server = await startAwsContractServer()
  const rights = [
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
  ]
  server.principals.set('NOBODY', [])
  server.principals.set('NOKMS', rights)
  server.principals.set('READKMS', [...rights, 'kms:Decrypt'])
  fixture = await makeAwsFixture({
    endpoint: server.url,
    region: 'eu-central-1',
    principals: {
      admin: { id: 'ADMIN', secret: 'x' },
      nobody: { id: 'NOBODY', secret: 'x' },
      stranger: { id: 'STRANGER', secret: 'x' },
      'no-kms': { id: 'NOKMS', secret: 'x' },
      'read-kms': { id: 'READKMS', secret: 'x' },
    },
    hasEmptySecrets: true,
  })
  await shareRole()
})

afterAll(async () => {
  await fixture.close()
  await server.close()
  sts.close()
  rmSync(folder, { recursive: true })
})

/** A profile whose role a token service of ours refuses to let it assume. */
async function shareRole(): Promise<void> {
  sts = createServer((_, response) => {
    const { status, code } = stsAnswer
    response.writeHead(status, { 'content-type': 'text/xml' })
    response.end(
      `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>x</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
    )
  })
  await new Promise<void>((resolve) => sts.listen(0, '127.0.0.1', resolve))
  folder = mkdtempSync(join(tmpdir(), 'keyrota-aws-role-'))
  const role = 'role_arn=arn:aws:iam::123456789012:role/keyrota\nsource_profile=admin\nregion=eu-central-1'
  writeFileSync(join(folder, 'config'), `[profile assuming]\n${role}\n`)
  process.env.AWS_CONFIG_FILE = join(folder, 'config')
  process.env.AWS_ENDPOINT_URL_STS = `http://127.0.0.1:${(sts.address() as AddressInfo).port}`
}

const newKey = () => randomBytes(24).toString('hex')

async function seed() {
  const secret = await fixture.newSecret({ API_KEY: newKey() })
  const address = { secret, fields: { value: 'API_KEY' } }
  const { version } = await fixture.store.read(address, 'current', newCall())
  return { secret, address, version }
}

describe('errors', () => {
  test('a missing right to the KMS key is named as such', async () => {
    const { secret, address, version } = await seed()
    Object.assign(server.secrets.get(secret)?.description ?? {}, { KmsKeyId: 'alias/mine' })
    await assert.rejects(fixture.storeAs('no-kms').read(address, version, newCall()), /lacks kms:Decrypt/)
    const intent = { mark: 'm-1', replaces: version }
    const write = fixture.storeAs('read-kms').write(address, material({ value: newKey() }), intent, newCall())
    await assert.rejects(write, /lacks kms:GenerateDataKey/)
  })

  test('credentials that are not accepted, or absent, are denied', async () => {
    const { address } = await seed()
    await assert.rejects(fixture.storeAs('stranger').read(address, 'current', newCall()), { code: 'denied' })
    const absent = fixture.storeAs('no-such-profile').read(address, 'current', newCall())
    await assert.rejects(absent, { code: 'denied', effect: 'none' })
  })

  test('a refused connection had no effect, a cut one may have had', async () => {
    const { address, version } = await seed()
    const endpoint = 'http://127.0.0.1:1'
    const options = optionsSchema.parse({ region: 'eu-central-1', endpoint, profile: 'admin' })
    const store = make(options, { name: 'aws', stateFolder: '/nonexistent' })
    await assert.rejects(store.read(address, 'current', newCall()), { code: 'unavailable', effect: 'none' })
    await store.close?.()
    const cases = [
      ['GetSecretValue', { kind: 'cut-before' }, 'none'],
      ['PutSecretValue', { kind: 'cut-before' }, 'unknown'],
      ['PutSecretValue', { kind: 'truncate' }, 'unknown'],
      ['PutSecretValue', { kind: 'answer', status: 500, afterEffect: true }, 'unknown'],
      ['UpdateSecretVersionStage', { kind: 'answer', status: 503 }, 'unknown'],
    ] as const
    for (const [index, [operation, action, effect]] of cases.entries()) {
      fixture.proxy.arm({ action, when: onOperation(operation) })
      const intent = { mark: `m-${index}`, replaces: version }
      const write = fixture.store.write(address, material({ value: newKey() }), intent, newCall())
      await assert.rejects(write, { code: 'unavailable', effect }, `${operation} ${action.kind}`)
      fixture.proxy.clear()
    }
  })

  test('throttling, quota and a broken KMS key are distinguished', async () => {
    const { address } = await seed()
    const cases = [
      ['TooManyRequestsException', 'throttled'],
      ['LimitExceededException', 'quota'],
      ['DecryptionFailure', 'invalid'],
      ['ExpiredTokenException', 'denied'],
    ] as const
    for (const [type, code] of cases) {
      const headers = { 'content-type': 'application/x-amz-json-1.1', 'retry-after': '3' }
      const body = JSON.stringify({ __type: type, Message: 'x' })
      fixture.proxy.arm({ action: { kind: 'answer', status: 400, headers, body } })
      const attempt = fixture.store.read(address, 'current', newCall())
      await assert.rejects(attempt, { code, effect: 'none', retryAfterMs: 3000 })
    }
  })

  test('a refusal of the token service is not blamed on a right to the secret, and nothing is sent', async () => {
    const { address, version } = await seed()
    const cases = [
      [{ status: 403, code: 'AccessDenied' }, 'denied', /sts:AssumeRole/],
      [{ status: 400, code: 'ExpiredToken' }, 'denied', /credentials/],
      [{ status: 400, code: 'MalformedPolicyDocument' }, 'denied', /sts:AssumeRole/],
      [{ status: 400, code: 'Throttling' }, 'throttled', /Wait/],
      [{ status: 500, code: 'InternalFailure' }, 'unavailable', /Wait/],
    ] as const
    for (const [answer, code, nextStep] of cases) {
      stsAnswer = answer
      fixture.proxy.forget()
      const store = fixture.storeAs('assuming')
      const intent = { mark: 'm-1', replaces: version }
      const error = await refused(
        store.write(address, material({ value: newKey() }), intent, newCall()),
        code,
      )
      assert.equal(error.effect, 'none')
      assert.match(error.message, /credentials/)
      assert.doesNotMatch(error.message, /lacks secretsmanager/)
      assert.match(error.nextStep, nextStep)
      assert.equal(fixture.proxy.count(), 0)
    }
  })

  test('a source of credentials that gives none says why', () => {
    const subject = { provider: 'aws', about: 'it', mutates: false, action: 'GetSecretValue' }
    const thrown = (name: string, message: string, cause?: Error) =>
      toAwsError(new CredentialsFailure(Object.assign(new Error(message, { cause }), { name })), subject)
    const refusedConnection = Object.assign(new Error('x'), { code: 'ECONNREFUSED' })
    const rows = [
      [
        thrown('CredentialsProviderError', 'Could not load credentials from any providers'),
        'denied',
        /no credentials were found/,
      ],
      [
        thrown('TokenProviderError', 'Token is expired. To refresh run aws sso login'),
        'denied',
        /has expired/,
      ],
      [
        thrown('CredentialsProviderError', 'Profile default credential_process failed: secret words'),
        'denied',
        /credential_process/,
      ],
      [
        thrown('CredentialsProviderError', 'no response', refusedConnection),
        'unavailable',
        /cannot be reached \(ECONNREFUSED\)/,
      ],
      [thrown(SLOW_SIGN_IN, 'no answer'), 'unavailable', /timed out, and nothing was sent/],
    ] as const
    for (const [error, code, message] of rows) {
      assert.equal(error.code, code)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /secret words/)
    }
  })

  test('a bad signature, an old request and an expired session are denied at any status', async () => {
    const { address } = await seed()
    const cases = [
      ['RequestExpired', /clock/],
      ['SignatureDoesNotMatch', /clock/],
      ['InvalidSignatureException', /clock/],
      ['UnrecognizedClientException', /credentials/],
      ['ExpiredToken', /credentials/],
      ['ExpiredTokenException', /credentials/],
    ] as const
    for (const [type, nextStep] of cases) {
      for (const status of [400, 401, 403, 500]) {
        const headers = { 'content-type': 'application/x-amz-json-1.1' }
        const body = JSON.stringify({ __type: type, Message: 'x' })
        fixture.proxy.arm({ action: { kind: 'answer', status, headers, body } })
        const error = await refused(fixture.store.read(address, 'current', newCall()), 'denied')
        assert.match(error.nextStep, nextStep, `${type} ${status}`)
        assert.doesNotMatch(error.message, /lacks/)
      }
    }
  })
})
