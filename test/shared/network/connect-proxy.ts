import http from 'node:http'
import https from 'node:https'
import net, { type AddressInfo } from 'node:net'

/** A name that no resolver knows: only a proxy leads there. */
export const proxiedHost = 'behind-a-proxy.test'

/** Of a server for tests alone, which signed itself for `proxiedHost`. */
export const proxiedCertificate = `-----BEGIN CERTIFICATE-----
MIIBkjCCATigAwIBAgIUUqgALbmmArs58nHE3yRo6tzGdk0wCgYIKoZIzj0EAwIw
HjEcMBoGA1UEAwwTYmVoaW5kLWEtcHJveHkudGVzdDAgFw0yMDAxMDEwMDAwMDBa
GA8yMTIwMDEwMTAwMDAwMFowHjEcMBoGA1UEAwwTYmVoaW5kLWEtcHJveHkudGVz
dDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABLyZbrlXQArfKWowIwlqpS4nD47E
W+ejTvGudWJmIE5tincftOzUJAczE6PhgPnrJy3Fe/Me6xzQHw/imV4R8wWjUjBQ
MA8GA1UdEwEB/wQFMAMBAf8wHgYDVR0RBBcwFYITYmVoaW5kLWEtcHJveHkudGVz
dDAdBgNVHQ4EFgQULcWrKC74pnXDkpp+evEEZRuJcGcwCgYIKoZIzj0EAwIDSAAw
RQIgNrk7LSky6rCsvazthCBPkEZ4mx6EM+K7UPDqxVLUlV4CIQDrSr4TBmV/JdYD
/N+Qz652HPFIt9kO3LkQK5uOrwdNrw==
-----END CERTIFICATE-----
`
const proxiedKey = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgau/Px3jiWBOOK2tL
lMwEtHOA05d2LIpZiXekaBhb9L6hRANCAAS8mW65V0AK3ylqMCMJaqUuJw+OxFvn
o07xrnViZiBObYp3H7Ts1CQHMxOj4YD56yctxXvzHusc0B8P4pleEfMF
-----END PRIVATE KEY-----
`

export interface ProxiedServer {
  /** What the environment has to name. */
  proxyUrl: string
  /** What the proxy saw: first lines of requests, and credentials. */
  readonly asked: { line: string; authorization: string | undefined }[]
  /** Every byte that went through it, from the client's side. */
  readonly carried: Buffer[]
  /** What reached the server. */
  readonly served: { url: string | undefined; body: string }[]
  /** Tunnels that are open now. */
  openCount(): number
  /** How the next requests to the proxy are answered; `forward` at first. */
  mode: 'forward' | 'hang' | number
  stop(): void
}

/** A proxy on this machine that leads every tunnel to one server with TLS, and every plain request to one without. */
export async function startProxiedServer(
  respond = (_: http.IncomingMessage, response: http.ServerResponse): void =>
    void response.end('{"answer":1}'),
): Promise<ProxiedServer> {
  const answer: http.RequestListener = async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    proxied.served.push({ url: request.url, body })
    respond(request, response)
  }
  const target = https.createServer({ key: proxiedKey, cert: proxiedCertificate }, answer)
  const sockets = new Set<net.Socket>()
  const proxy = http.createServer((request, response) => {
    note(request)
    if (typeof proxied.mode === 'number') response.writeHead(proxied.mode).end()
    else answer(request, response)
  })
  const note = ({ method, url, headers }: http.IncomingMessage) =>
    proxied.asked.push({ line: `${method} ${url}`, authorization: headers['proxy-authorization'] })
  proxy.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  proxy.on('connect', (request, socket: net.Socket) => {
    note(request)
    socket.on('error', () => socket.destroy())
    // A server of node:http leaves its side open when the other one ended.
    socket.on('end', () => socket.destroy()).resume()
    if (proxied.mode === 'hang') return
    if (proxied.mode !== 'forward') return void socket.end(`HTTP/1.1 ${proxied.mode} No\r\n\r\n`)
    const onward = net.connect((target.address() as AddressInfo).port, '127.0.0.1')
    onward.on('error', () => socket.destroy()).on('close', () => socket.resume())
    socket.on('data', (bytes) => proxied.carried.push(bytes))
    socket.on('close', () => onward.destroy())
    socket.write('HTTP/1.1 200 OK\r\n\r\n')
    socket.pipe(onward).pipe(socket)
  })
  for (const server of [target, proxy])
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxied: ProxiedServer = {
    proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked: [],
    carried: [],
    served: [],
    openCount: () => sockets.size,
    mode: 'forward',
    stop() {
      for (const socket of sockets) socket.destroy()
      target.closeAllConnections()
      for (const server of [target, proxy]) server.close()
    },
  }
  return proxied
}
