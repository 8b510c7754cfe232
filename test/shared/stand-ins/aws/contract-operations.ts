/* Operations of AWS Secrets Manager by their API reference, as far as the store and its tests use them. */

export interface ContractSecret {
  arn: string
  name: string
  versions: Map<string, { text?: string; binary?: string; stages: Set<string> }>
  /** Stands in the description as it is: OwningService, RotationEnabled, PrimaryRegion, KmsKeyId, DeletedDate … */
  description: Record<string, unknown>
}

export type Input = Record<string, unknown> & { SecretId?: string }

/** A refusal as the service gives it: error code and text. */
export class ServiceError extends Error {
  readonly type: string
  constructor(type: string, message: string) {
    super(message)
    this.type = type
  }
}

const region = 'eu-central-1'
const maxBytes = 65_536
/** Quotas: staging labels attached across all versions of a secret. */
const maxLabels = 20

export function createSecret(secrets: Map<string, ContractSecret>, input: Input): unknown {
  const name = String(input.Name)
  if (secrets.has(name)) throw new ServiceError('ResourceExistsException', 'The secret already exists.')
  const arn = `arn:aws:secretsmanager:${region}:123456789012:secret:${name}-AbCdEf`
  const secret: ContractSecret = { arn, name, versions: new Map(), description: { Tags: input.Tags } }
  secrets.set(name, secret)
  const token = String(input.ClientRequestToken)
  const binary = input.SecretBinary as string | undefined
  const text = input.SecretString as string | undefined
  if (text !== undefined || binary !== undefined) {
    const content = binary === undefined ? { text: text ?? '' } : { binary }
    secret.versions.set(token, { ...content, stages: new Set(['AWSCURRENT']) })
  }
  return { ARN: arn, Name: name, VersionId: token }
}

function refuseDeleted(secret: ContractSecret): void {
  if (secret.description.DeletedDate === undefined) return
  throw new ServiceError(
    'InvalidRequestException',
    "You can't perform this operation on the secret because it was marked for deletion.",
  )
}

function holderOf(secret: ContractSecret, label: string): string | undefined {
  return [...secret.versions].find(([, { stages }]) => stages.has(label))?.[0]
}

function attach(secret: ContractSecret, label: string, id: string): void {
  const before = holderOf(secret, label)
  if (before === id) return
  if (before !== undefined) secret.versions.get(before)?.stages.delete(label)
  secret.versions.get(id)?.stages.add(label)
  // AWSPREVIOUS follows AWSCURRENT by itself.
  if (label === 'AWSCURRENT' && before !== undefined) attach(secret, 'AWSPREVIOUS', before)
  if (label === 'AWSCURRENT') secret.versions.get(id)?.stages.delete('AWSPREVIOUS')
  const labels = [...secret.versions.values()].reduce((sum, { stages }) => sum + stages.size, 0)
  if (labels > maxLabels) throw new ServiceError('LimitExceededException', 'Too many staging labels.')
}

function getSecretValue(secret: ContractSecret, input: Input): unknown {
  refuseDeleted(secret)
  const stage = (input.VersionStage as string | undefined) ?? 'AWSCURRENT'
  const id = (input.VersionId as string | undefined) ?? holderOf(secret, stage)
  const version = id === undefined ? undefined : secret.versions.get(id)
  if (version === undefined) {
    throw new ServiceError(
      'ResourceNotFoundException',
      "Secrets Manager can't find the specified secret value for it.",
    )
  }
  const content =
    version.binary === undefined ? { SecretString: version.text } : { SecretBinary: version.binary }
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: [...version.stages], ...content }
}

function putSecretValue(secret: ContractSecret, input: Input): unknown {
  refuseDeleted(secret)
  const id = String(input.ClientRequestToken)
  const text = String(input.SecretString)
  if (id.length < 32 || id.length > 64)
    throw new ServiceError('InvalidParameterException', 'ClientRequestToken')
  if (Buffer.byteLength(text) > maxBytes) throw new ServiceError('ValidationException', 'SecretString')
  const known = secret.versions.get(id)
  if (known !== undefined && known.text !== text) {
    throw new ServiceError(
      'ResourceExistsException',
      'This ClientRequestToken is in use for another version.',
    )
  }
  const isFirst = secret.versions.size === 0
  if (known === undefined) {
    secret.versions.set(id, { text, stages: new Set() })
    for (const label of (input.VersionStages as string[] | undefined) ?? ['AWSCURRENT'])
      attach(secret, label, id)
    if (isFirst) attach(secret, 'AWSCURRENT', id)
  }
  const stages = secret.versions.get(id)?.stages ?? []
  return { ARN: secret.arn, Name: secret.name, VersionId: id, VersionStages: [...stages] }
}

function updateSecretVersionStage(secret: ContractSecret, input: Input): unknown {
  refuseDeleted(secret)
  const label = String(input.VersionStage)
  const from = input.RemoveFromVersionId as string | undefined
  const to = input.MoveToVersionId as string | undefined
  for (const id of [from, to]) {
    if (id !== undefined && !secret.versions.has(id)) {
      throw new ServiceError('ResourceNotFoundException', 'There is no such version.')
    }
  }
  const holder = holderOf(secret, label)
  const isRefused = holder !== undefined && holder !== to && holder !== from
  if (isRefused || (from !== undefined && from !== holder)) {
    throw new ServiceError(
      'InvalidParameterException',
      `Staging label ${label} is attached to version ${holder}.`,
    )
  }
  if (to === undefined && label === 'AWSCURRENT') {
    throw new ServiceError('InvalidParameterException', 'You can only move AWSCURRENT.')
  }
  if (to === undefined) secret.versions.get(holder ?? '')?.stages.delete(label)
  else attach(secret, label, to)
  return { ARN: secret.arn, Name: secret.name }
}

function describeSecret(secret: ContractSecret): unknown {
  const labelled = [...secret.versions].filter(([, { stages }]) => stages.size > 0)
  const shown = Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]]))
  return { ARN: secret.arn, Name: secret.name, VersionIdsToStages: shown, ...secret.description }
}

function deleteSecret(secret: ContractSecret, input: Input, secrets: Map<string, ContractSecret>): unknown {
  if (input.ForceDeleteWithoutRecovery) secrets.delete(secret.name)
  else secret.description.DeletedDate = Date.now() / 1000
  return { ARN: secret.arn, Name: secret.name }
}

function listSecretVersionIds(secret: ContractSecret, input: Input): unknown {
  const isShown = (stages: Set<string>) => stages.size > 0 || input.IncludeDeprecated === true
  const shown = [...secret.versions].filter(([, { stages }]) => isShown(stages))
  const versions = shown.map(([id, { stages }]) => ({
    VersionId: id,
    VersionStages: [...stages],
  }))
  return { ARN: secret.arn, Name: secret.name, Versions: versions }
}

/** By the name of the API operation. */
export const operations: Readonly<
  Record<string, (secret: ContractSecret, input: Input, secrets: Map<string, ContractSecret>) => unknown>
> = {
  GetSecretValue: getSecretValue,
  PutSecretValue: putSecretValue,
  UpdateSecretVersionStage: updateSecretVersionStage,
  DescribeSecret: describeSecret,
  DeleteSecret: deleteSecret,
  ListSecretVersionIds: listSecretVersionIds,
}
