/* `keyrota sandbox`: which options go together, and the files it writes. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addSandbox } from '../../src/cli/sandbox.ts'
import { application } from '../../src/compose.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'keyrota-sandbox-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('keyrota sandbox', () => {
  async function type(...words: string[]): Promise<string> {
    let said = ''
    const writeErr = (text: string) => {
      said += text
    }
    const program = new Command()
    addSandbox(program, application)
    program.commands[0]?.exitOverride().configureOutput({ writeErr })
    const failure = await program.parseAsync(['node', 'keyrota', 'sandbox', ...words]).catch((error) => error)
    return `${said}${failure instanceof Error ? failure.message : ''}`
  }

  test.each([
    [['--name', 'x.test'], /--name' needs --tls/],
    [['--ca-file', 'ca.pem'], /--ca-file' needs --tls/],
    [['--tls'], /--tls' needs --ca-file/],
    [['--listen', '127.0.0.1:0', '--port', '0'], /exclude each other/],
    [['--listen', '127.0.0.1'], /Expected host:port/],
    [['--listen', '::1:80'], /Expected host:port/],
    [['--listen', '127.0.0.1:65536'], /Expected a port/],
    [['--listen', '0.0.0.0:0'], /plain text on 0\.0\.0\.0/],
    [['--tls', '--ca-file', '/nowhere/ca.pem', '--name', 'a b'], /"a b" is no DNS name/],
    [['--tls', '--ca-file', '/nowhere/ca.pem'], /ENOENT/],
  ])('%j is refused', async (words, why) => {
    expect(await type(...words)).toMatch(why)
  })

  test('writes the certificate to trust, over no file that is there, and stops if it cannot', async () => {
    const caFile = join(folder, 'ca.pem')
    const wish = { port: 0, faults: [], tlsNames: ['gateway.test'], caFile }
    const sandbox = await application.startSandbox(wish)
    expect(readFileSync(caFile, 'utf8')).toMatch(
      /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/,
    )
    const { port } = new URL(sandbox.url)
    await sandbox.close()
    await expect(application.startSandbox({ ...wish, port: Number(port) })).rejects.toThrow(/EEXIST/)
    // The one that failed has let go of its port.
    await (await application.startSandbox({ port: Number(port), faults: [] })).close()
  })
})
