/** A config of many keys in env files, for benchmarks. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Neither an adoption nor an idle run asks the issuer anything. */
export function writeKeysConfig(scratch: string, keys: number): void {
  const lines = [
    'installation: benc',
    'issuers:',
    '  gateway: { type: ppt-video, account: bench, base: "http://127.0.0.1:1" }',
    'stores:',
    '  files: { type: env-file }',
    'keys:',
  ]
  for (let index = 0; index < keys; index += 1) {
    const folder = join(scratch, 'apps', String(Math.floor(index / 100)))
    mkdirSync(folder, { recursive: true })
    const path = join(folder, `app-${index}.env`)
    writeFileSync(path, `API_KEY=benchkey${String(index).padStart(24, '0')}\n`, { mode: 0o600 })
    lines.push(
      `  app-${index}: { environment: bench, service: app, owner: bench, issuer: gateway, targets: [{ store: files, secret: ${path}, field: API_KEY }] }`,
    )
  }
  writeFileSync(join(scratch, 'keyrota.yaml'), `${lines.join('\n')}\n`)
}
