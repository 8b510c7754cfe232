import type { SecretAddress } from '../../../src/contracts/secret-store.ts'

/** Of the store's options, what its policy depends on. */
interface PolicyOptions {
  region?: string
  account?: string
  kmsKeys: readonly string[]
}

const writerActions = [
  'secretsmanager:DescribeSecret',
  'secretsmanager:GetSecretValue',
  'secretsmanager:PutSecretValue',
  'secretsmanager:UpdateSecretVersionStage',
]

/**
 * The least IAM policy (JSON) for these secrets: for Keyrota, or for a workload that only reads. A secret named
 * without its ARN ends in six characters that AWS chose, for which there are six question marks.
 */
export function permissions(input: {
  options: unknown
  addresses: readonly SecretAddress[]
  role: 'keyrota' | 'reader'
}): string {
  const options = input.options as PolicyOptions
  const isReader = input.role === 'reader'
  const resources = [...new Set(input.addresses.map(({ secret }) => arnOf(secret, options)))].sort()
  const secrets = {
    Sid: isReader ? 'ReadSecrets' : 'RotateSecrets',
    Effect: 'Allow',
    Action: isReader ? ['secretsmanager:GetSecretValue'] : writerActions,
    Resource: resources,
  }
  const keys = {
    Sid: isReader ? 'DecryptSecrets' : 'EncryptSecrets',
    Effect: 'Allow',
    Action: isReader ? ['kms:Decrypt'] : ['kms:Decrypt', 'kms:GenerateDataKey'],
    Resource: options.kmsKeys,
    // The end of the name is another one in each partition.
    Condition: { StringLike: { 'kms:ViaService': `secretsmanager.${options.region ?? '*'}.*` } },
  }
  const statements = options.kmsKeys.length > 0 ? [secrets, keys] : [secrets]
  return JSON.stringify({ Version: '2012-10-17', Statement: statements }, null, 2)
}

function arnOf(secret: string, options: PolicyOptions): string {
  if (secret.startsWith('arn:')) return /-[A-Za-z0-9]{6}$/.test(secret) ? secret : `${secret}-??????`
  const region = options.region ?? '*'
  return `arn:${partitionOf(region)}:secretsmanager:${region}:${options.account ?? '*'}:secret:${secret}-??????`
}

/** By the SDK's list of partitions. */
const partitions: readonly [RegExp, string][] = [
  [/^cn-/, 'aws-cn'],
  [/^us-gov-/, 'aws-us-gov'],
  [/^eusc-/, 'aws-eusc'],
  [/^us-iso-/, 'aws-iso'],
  [/^us-isob-/, 'aws-iso-b'],
  [/^eu-isoe-/, 'aws-iso-e'],
  [/^us-isof-/, 'aws-iso-f'],
]

/** Without a region it is not known either: the environment may name one of any partition. */
function partitionOf(region: string): string {
  if (region === '*') return '*'
  return partitions.find(([regions]) => regions.test(region))?.[1] ?? 'aws'
}
