export interface DemoPlaces {
  gateway: string
  dashboard: string
  tokenFile: string
  /** Where each consumer serves `/health` and `/restart`. */
  consumers: { renderer: string; trailers: string }
}

/** Field of both env files. */
export const FIELD = 'PPT_API_KEY'

/** The settle time here: how long a new key may be refused before that counts. */
const SETTLE = '600ms'

/**
 * The config of the demo: complete, as one would write it for a real service. Only the addresses are the sandbox's, and
 * times that are usually minutes and days are fractions of a second.
 */
export function writeConfig(places: DemoPlaces): string {
  return `# Written by \`keyrota demo\`. A complete config, as you would write one for a service of your own;
# only the addresses are this machine's, and the times are short enough to watch.
installation: demo
stateFolder: state

issuers:
${issuers(places)}

stores:
  dotenv: { type: env-file }

consumers:
${consumer('renderer', places.consumers.renderer)}
${consumer('trailers', places.consumers.trailers)}

defaults:
  every: 90d
  overlap: 2s # the default is a day
  confirmations: 3
  retryMin: 100ms
  retryMax: 1s
  callLimit: 5s
  readyLimit: 10s
  giveUp: 1m

keys:
  renderer:
    environment: demo
    service: renderer
    owner: video-team
    issuer: key-api
    targets:
      - { store: dotenv, secret: renderer.env, field: ${FIELD} }
    consumers: [renderer]
  trailers:
    environment: demo
    service: trailers
    owner: video-team
    issuer: ppt-video
    targets:
      - { store: dotenv, secret: trailers.env, field: ${FIELD} }
    consumers: [trailers]
`
}

function issuers({ gateway, dashboard, tokenFile }: DemoPlaces): string {
  return `  # A REST key API, described here and nowhere else: Keyrota creates and revokes its keys unattended.
  key-api:
    type: http
    base: ${gateway}
    settle: ${SETTLE}
    auth:
      management: { bearer: { file: ${JSON.stringify(tokenFile)} } }
    create:
      request: POST /v1/keys
      json: { name: "{{ name }}" }
      id: $.id
      parts: { value: $.key }
    list:
      request: GET /v1/keys
      items: $.data[*]
      id: $.id
      name: $.name
      createdAt: $.created_at
      lastUsed: $.last_used_at
      paginate: { kind: cursor, param: cursor, from: $.next_cursor }
    revoke: { request: POST /v1/keys/revoke, json: { key: "{{ value }}" } }
    probe:
      # An invalid body: a valid key gets 422 for it, an invalid key gets 401 before the body is checked.
      request: POST /api/v1/generation/google/veo-3.1
      json: { prompt: [] }
      accepted: 422
      rejected: 401
  # ppt.video has a dashboard but no key API: a person creates and deletes its keys when Keyrota asks.
  ppt-video:
    type: ppt-video
    account: demo
    base: ${gateway}
    dashboard: ${dashboard}
    settle: ${SETTLE}`
}

function consumer(name: string, url: string): string {
  return `  ${name}:
    type: http
    url: ${url}/health
    failOn: [401, 403, 500]
    fingerprint: { json: /fingerprint }
    restart: { url: ${url}/restart }`
}
