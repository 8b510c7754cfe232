/* deploy/Dockerfile, compose.yaml and the scripts in the image: what must stay true of them before anything is built. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import packageJson from '../../package.json' with { type: 'json' }

const path = (name: string) => fileURLToPath(new URL(`../../${name}`, import.meta.url))
const read = (name: string) => readFileSync(path(name), 'utf8')
const dockerfile = read('deploy/Dockerfile')
const compose = parse(read('deploy/compose.yaml'))

describe('the image', () => {
  test('is made on bases that are pinned, by arguments', () => {
    const bases = [...dockerfile.matchAll(/^ARG (?:BUILD|BASE)_IMAGE=(.*)$/gm)].map(([, base]) => base)
    expect(bases).toHaveLength(2)
    for (const base of bases) expect(base).toMatch(/^[a-z./-]+[\w./-]*:[\w.-]+@sha256:[0-9a-f]{64}$/)
    for (const [, from] of dockerfile.matchAll(/^FROM (\S+)/gm))
      expect(from).toMatch(/^\$\{(BUILD|BASE)_IMAGE\}$/)
  })

  test('runs as a number and without a shell', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))
    expect(last).toMatch(/^USER 65532:65532$/m)
    for (const word of ['ENTRYPOINT', 'CMD']) expect(last).toMatch(new RegExp(`^${word} \\[".*"\\]$`, 'm'))
    expect(last).not.toMatch(/^(RUN|ADD) /m)
  })

  test('has the version of the package', () => {
    expect(dockerfile).toContain(`ARG VERSION=${packageJson.version}\n`)
    expect(read('deploy/compose.yaml')).toContain(`keyrota:${packageJson.version}`)
  })

  test('is built from what is listed, and from nothing that lies about', () => {
    const lines = read('.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    expect(lines.filter((line) => line.startsWith('!')).join()).not.toMatch(/\.env|\.git|node_modules|test/)
  })
})

describe('the service of compose.yaml', () => {
  const { keyrota } = compose.services

  test('is the only one, may write nowhere but in its folders, and has no rights', () => {
    expect(Object.keys(compose.services)).toEqual(['keyrota'])
    expect(keyrota).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    })
    expect(keyrota).not.toHaveProperty('ports')
    expect(keyrota).not.toHaveProperty('privileged')
    expect(JSON.stringify(keyrota)).not.toContain('docker.sock')
  })

  test('gets its token as a file', () => {
    expect(keyrota.secrets).toEqual(['video-token'])
    expect(keyrota).not.toHaveProperty('environment')
    expect(compose.secrets['video-token']).toEqual({ file: './video-token' })
  })

  test('is given longer to end than serve takes', () => {
    const [, graceMs = ''] = /DEFAULT_GRACE_MS = ([\d_]+)/.exec(read('src/cli/serve.ts')) ?? []
    const graceSeconds = Number(graceMs.replaceAll('_', '')) / 1_000
    expect(graceSeconds).toBeGreaterThan(0)
    expect(Number.parseInt(keyrota.stop_grace_period, 10)).toBeGreaterThan(graceSeconds)
  })
})

describe('the health check', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  async function check(status: number | 'nobody'): Promise<{ code: number; said: string }> {
    server = createServer((request, response) => {
      response.writeHead(request.url === '/healthz' ? Number(status) : 404).end()
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    if (status === 'nobody') server.close()
    const child = spawn(process.execPath, [path('deploy/image/health.mjs'), `127.0.0.1:${port}`])
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    return { code, said }
  }

  test('is well when /healthz is', async () => {
    expect(await check(200)).toEqual({ code: 0, said: '' })
  })

  test('says why it is not', async () => {
    expect(await check(503)).toMatchObject({
      code: 1,
      said: expect.stringContaining('/healthz returned 503'),
    })
    expect(await check('nobody')).toMatchObject({ code: 1, said: expect.stringContaining('ECONNREFUSED') })
  })
})
