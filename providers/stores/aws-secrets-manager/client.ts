import {
  DescribeSecretCommand,
  type DescribeSecretResponse,
  GetSecretValueCommand,
  type GetSecretValueResponse,
  PutSecretValueCommand,
  type PutSecretValueResponse,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager'
import type { Call } from '../../../src/contracts/call.ts'
import { callSdk } from '../../shared/http/sdk-call.ts'
import { type AwsSubject, toAwsError } from './errors.ts'
import type { Options } from './options.ts'
import { signIn } from './sign-in.ts'

/** The four operations that the store uses; each is one request. */
export interface AwsClient {
  getValue(
    secret: string,
    which: { VersionId: string } | { VersionStage: string },
    call: Call,
  ): Promise<GetSecretValueResponse>
  describe(secret: string, call: Call): Promise<DescribeSecretResponse>
  /** Makes the version `id` under one staging label; the same id with the same text is no change. */
  put(secret: string, id: string, text: string, stage: string, call: Call): Promise<PutSecretValueResponse>
  /** Moves a staging label, or removes it when there is no `to`. */
  moveStage(
    secret: string,
    stage: string,
    versions: { from?: string | undefined; to?: string },
    call: Call,
  ): Promise<void>
  /** Configured region, else that of the environment. */
  region(): Promise<string>
  close(): void
}

export function makeClient(options: Options, provider: string): AwsClient {
  const client = openSdk(options)

  function send<T>(
    action: string,
    secret: string,
    call: Call,
    run: (abortSignal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const mutates = action !== 'GetSecretValue' && action !== 'DescribeSecret'
    const subject: AwsSubject = { provider, about: `${action} of ${secret}`, mutates, action }
    const signedIn = async (abortSignal: AbortSignal) => {
      await signIn(client)
      return run(abortSignal)
    }
    return callSdk(subject, call, signedIn, (thrown) => toAwsError(thrown, subject))
  }

  return {
    getValue: (secret, which, call) =>
      send('GetSecretValue', secret, call, (abortSignal) =>
        client.send(new GetSecretValueCommand({ SecretId: secret, ...which }), { abortSignal }),
      ),
    describe: (secret, call) =>
      send('DescribeSecret', secret, call, (abortSignal) =>
        client.send(new DescribeSecretCommand({ SecretId: secret }), { abortSignal }),
      ),
    put: (secret, id, text, stage, call) =>
      send('PutSecretValue', secret, call, (abortSignal) =>
        client.send(
          new PutSecretValueCommand({
            SecretId: secret,
            ClientRequestToken: id,
            SecretString: text,
            VersionStages: [stage],
          }),
          { abortSignal },
        ),
      ),
    moveStage: async (secret, stage, { from, to }, call) => {
      const command = new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: stage,
        ...(from === undefined ? {} : { RemoveFromVersionId: from }),
        ...(to === undefined ? {} : { MoveToVersionId: to }),
      })
      await send('UpdateSecretVersionStage', secret, call, (abortSignal) =>
        client.send(command, { abortSignal }),
      )
    },
    region: () => client.config.region(),
    close: () => client.destroy(),
  }
}

function openSdk(options: Options): SecretsManagerClient {
  return new SecretsManagerClient({
    ...(options.region === undefined ? {} : { region: options.region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.endpoint === undefined ? {} : { endpoint: options.endpoint }),
    // One request per call: a repeat is for the workflow to decide.
    maxAttempts: 1,
    // A request on a kept connection that the server just closes looks like a lost answer.
    requestHandler: {
      connectionTimeout: 10_000,
      httpAgent: { keepAlive: false },
      httpsAgent: { keepAlive: false },
    },
  })
}
