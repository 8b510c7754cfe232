import { createHash, createHmac } from 'node:crypto'

/** An AWS account that signed requests go to. */
export interface AwsAccount {
  endpoint: string
  region: string
  id: string
  secret: string
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/**
 * One call of IAM's query API, signed with Signature Version 4 ("Create a signed AWS API request"); answers its XML.
 * Enough to make principals for tests, without a second client library.
 */
export async function callIam(account: AwsAccount, parameters: Record<string, string>): Promise<string> {
  const url = new URL('/', account.endpoint)
  // Escaped, because servers that sign the parsed parameters again write the star so.
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString().replaceAll('*', '%2A')
  const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, '')
  const scope = `${time.slice(0, 8)}/${account.region}/iam/aws4_request`
  const type = 'application/x-www-form-urlencoded; charset=utf-8'
  const signed = `content-type:${type}\nhost:${url.host}\nx-amz-date:${time}\n\ncontent-type;host;x-amz-date`
  const request = `POST\n/\n\n${signed}\n${sha256(body)}`
  const [day = '', region = '', service = '', end = ''] = scope.split('/')
  const key = hmac(hmac(hmac(hmac(`AWS4${account.secret}`, day), region), service), end)
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(request)}`).toString('hex')
  const answer = await fetch(url, {
    method: 'POST',
    body,
    headers: {
      'content-type': type,
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${account.id}/${scope}, SignedHeaders=content-type;host;x-amz-date, Signature=${signature}`,
    },
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${parameters.Action} answered ${answer.status}: ${text}`)
  return text
}

/** Makes a user with this policy (JSON; none: no rights) and an access key of it. */
export async function makePrincipal(
  account: AwsAccount,
  name: string,
  policy?: string,
): Promise<{ id: string; secret: string }> {
  await callIam(account, { Action: 'CreateUser', UserName: name })
  if (policy !== undefined) {
    const document = { UserName: name, PolicyName: 'keyrota', PolicyDocument: policy }
    await callIam(account, { Action: 'PutUserPolicy', ...document })
  }
  const xml = await callIam(account, { Action: 'CreateAccessKey', UserName: name })
  const [, id = ''] = /<AccessKeyId>(.+?)<\/AccessKeyId>/.exec(xml) ?? []
  const [, secret = ''] = /<SecretAccessKey>(.+?)<\/SecretAccessKey>/.exec(xml) ?? []
  return { id, secret }
}
