import http from 'node:http'
import https from 'node:https'
import { BlockList, isIP } from 'node:net'
import { HttpsProxyAgent } from 'hpagent'
import { type HttpSubject, toRefusedError } from './errors.ts'

/*
 * Proxies as the environment names them: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in lower case first. Node's
 * own support for them is younger than the oldest Node that Keyrota runs on. Through a tunnel the proxy sees only
 * where it leads: the server's certificate is verified at this end of it.
 */

export interface EnvProxy {
  /** Host and port, for errors; user and password of its address stay here. */
  host: string
  /** Opens a request that goes through it. `signal` ends a tunnel that is still being dug. */
  open(url: URL, options: http.RequestOptions, signal: AbortSignal): http.ClientRequest
}

/**
 * The proxy for this address, undefined where it is to be asked directly.
 * @throws ProviderError `invalid`: the variable names no proxy that can be used.
 */
export function chooseProxy(url: URL, subject: HttpSubject): EnvProxy | undefined {
  const variable = `${url.protocol.slice(0, -1)}_proxy`
  const named = readVariable(variable) || readVariable('all_proxy')
  if (named === '' || isExempt(url)) return undefined
  const proxy = URL.parse(named.includes('://') ? named : `http://${named}`)
  if (proxy === null || !['http:', 'https:'].includes(proxy.protocol)) {
    const nextStep = `Correct ${variable.toUpperCase()}, or name the host in NO_PROXY.`
    throw toRefusedError(subject, 'the environment names a proxy that is not an http(s) URL', nextStep)
  }
  const open = url.protocol === 'https:' ? openTunnel : openForwarded
  return { host: proxy.host, open: (...request) => open(proxy, ...request) }
}

function openTunnel(
  proxy: URL,
  url: URL,
  options: http.RequestOptions,
  signal: AbortSignal,
): http.ClientRequest {
  // The options go on to http.request, which knows more of them than the agent's types do.
  const proxyRequestOptions: object = { signal }
  const agent = new HttpsProxyAgent({ proxy: proxy.href, proxyRequestOptions })
  return https.request(url, { ...options, agent, rejectUnauthorized: true })
}

/** Without TLS there is nothing to tunnel, and proxies commonly refuse to: the whole address is asked for (RFC 9112, 3.2.2). */
function openForwarded(
  proxy: URL,
  url: URL,
  { headers, ...options }: http.RequestOptions,
): http.ClientRequest {
  const user = [proxy.username, proxy.password].map(decodeURIComponent).join(':')
  const authorization = `Basic ${Buffer.from(user).toString('base64')}`
  return (proxy.protocol === 'https:' ? https : http).request(proxy, {
    ...options,
    path: url.href.replace(/#.*$/, ''),
    headers: {
      ...(headers as http.OutgoingHttpHeaders),
      host: url.host,
      ...(user === ':' ? {} : { 'proxy-authorization': authorization }),
    },
    auth: null,
  })
}

/** Whether NO_PROXY names the host: itself or a domain above it, with or without a port, an address range, or `*`. */
function isExempt(url: URL): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return readVariable('no_proxy')
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => entry === '*' || matchesEntry(entry, host, port))
}

function matchesEntry(entry: string, host: string, port: string): boolean {
  const [, base = '', prefix] = /^(.+)\/(\d{1,3})$/.exec(entry) ?? []
  if (prefix !== undefined) return isInRange(host, base, Number(prefix))
  const [, name = entry, itsPort = port] = (isIP(entry) === 0 && /^(.+):(\d{1,5})$/.exec(entry)) || []
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*?\./, '')
  if (itsPort !== port) return false
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`))
}

function isInRange(host: string, base: string, prefix: number): boolean {
  const family = isIP(base)
  if (family === 0 || isIP(host) !== family || prefix > (family === 4 ? 32 : 128)) return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const range = new BlockList()
  range.addSubnet(base, prefix, type)
  return range.check(host, type)
}

function readVariable(name: string): string {
  return process.env[name] || process.env[name.toUpperCase()] || ''
}
