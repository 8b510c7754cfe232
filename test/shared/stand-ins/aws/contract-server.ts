import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { collectBody } from '../../network/forward.ts'
import {
  type ContractSecret,
  createSecret,
  type Input,
  operations,
  ServiceError,
} from './contract-operations.ts'

/*
 * AWS Secrets Manager by its API reference, as far as the store uses it: the errors and rules in which other test
 * servers are looser than the service. Signatures are not verified; the access key id names the principal.
 */

export interface AwsContractServer {
  readonly url: string
  readonly secrets: Map<string, ContractSecret>
  /** Access key id → allowed actions; `*` for all. */
  readonly principals: Map<string, readonly string[]>
  close(): Promise<void>
}

export async function startAwsContractServer(): Promise<AwsContractServer> {
  const secrets = new Map<string, ContractSecret>()
  const principals = new Map<string, readonly string[]>([['ADMIN', ['*']]])
  const server = createServer(async (request, response) => {
    const input = JSON.parse((await collectBody(request)).toString() || '{}') as Input
    try {
      answer(response, 200, serve(secrets, principals, request, input))
    } catch (error) {
      const { type, message } =
        error instanceof ServiceError ? error : { type: 'InternalServiceError', message: '' }
      answer(response, type === 'InternalServiceError' ? 500 : 400, { __type: type, Message: message })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    secrets,
    principals,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, {
    'content-type': 'application/x-amz-json-1.1',
    'x-amzn-requestid': 'contract-1',
  })
  response.end(JSON.stringify(body))
}

function serve(
  secrets: Map<string, ContractSecret>,
  principals: Map<string, readonly string[]>,
  request: IncomingMessage,
  input: Input,
): unknown {
  const action = String(request.headers['x-amz-target']).split('.')[1] ?? ''
  const [, keyId = ''] = /Credential=([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
  const allowed = principals.get(keyId)
  if (allowed === undefined) {
    throw new ServiceError(
      'UnrecognizedClientException',
      'The security token included in the request is invalid.',
    )
  }
  const can = (one: string) => allowed.includes('*') || allowed.includes(one)
  if (!can(`secretsmanager:${action}`)) {
    const resource = input.SecretId ?? input.Name
    throw new ServiceError(
      'AccessDeniedException',
      `User: ${keyId} is not authorized to perform: secretsmanager:${action} on resource: ${resource}`,
    )
  }
  if (action === 'CreateSecret') return createSecret(secrets, input)
  const secret = findSecret(secrets, input.SecretId ?? '')
  checkKms(secret, action, can)
  const operation = operations[action]
  if (operation === undefined) throw new ServiceError('UnknownOperationException', action)
  return operation(secret, input, secrets)
}

function findSecret(secrets: Map<string, ContractSecret>, id: string): ContractSecret {
  const named =
    secrets.get(id) ?? [...secrets.values()].find(({ arn }) => arn === id || arn.startsWith(`${id}-`))
  if (named === undefined) {
    throw new ServiceError('ResourceNotFoundException', "Secrets Manager can't find the specified secret.")
  }
  return named
}

/** A key of the customer's is used with the caller's own rights, and refused under the same error code. */
function checkKms(secret: ContractSecret, action: string, can: (one: string) => boolean): void {
  if (secret.description.KmsKeyId === undefined) return
  const needed = { GetSecretValue: 'kms:Decrypt', PutSecretValue: 'kms:GenerateDataKey' }[action]
  if (needed !== undefined && !can(needed)) {
    throw new ServiceError('AccessDeniedException', 'Access to KMS is not allowed')
  }
}
