/* `keyrota prove` */

import type { Command } from 'commander'
import { material } from '../contracts/secret-value.ts'
import { type ProofDocument, prove } from '../service/leaks/prove.ts'
import { keyIdOf, openProof, signProof } from '../service/leaks/sign.ts'
import type { Application } from './application.ts'
import { exitCodes } from './exit-codes.ts'
import { formatDocument } from './json-document.ts'
import { paint, printNote, printResult } from './output.ts'
import { askHidden, readStdin } from './prompts.ts'
import { makeSigningKey, readDocument, readPublicKey, readSigningKey } from './signing-keys.ts'
import { addCommon, addProgress, type CommonOptions, withOpened } from './verb.ts'

interface Options extends CommonOptions {
  old?: boolean
  signWith?: string
  makeKey?: string
  verify?: string
  publicKey?: string
}

const codes = {
  proved: exitCodes.done,
  'not-proved': exitCodes.needsPerson,
  'cannot-tell': exitCodes.unavailable,
} as const

export function addProve(program: Command, application: Application): void {
  const command = program
    .command('prove')
    .description('prove now that the old key is dead and the present one works; lists copies that remain')
    .argument('[key]', 'name of the key in the config')
    .option('--old', 'read the value of the old key from stdin or a hidden prompt')
    .option('--sign-with <file>', 'with --json: sign the document with this Ed25519 key')
    .option('--make-key <file>', 'make a key to sign with, and <file>.pub to verify with')
    .option('--verify <file>', 'verify a signed document and print it; needs --public-key')
    .option('--public-key <file>', 'the public key of who has to have signed')
    .addHelpText(
      'after',
      '\nExit codes of prove: 0 proved; 4 not proved, e.g. the old key is accepted; 5 cannot be told now.\n\nExample:\n  keyrota prove renderer-prod --json --sign-with proof.pem > proof.json',
    )
  addProgress(addCommon(command)).action(async (key: string | undefined, options: Options) => {
    const fail = (text: string) => command.error(`error: ${text}`, { exitCode: exitCodes.usage })
    if (options.makeKey !== undefined) return printNewKey(options.makeKey, options)
    if (options.verify !== undefined) {
      if (options.publicKey === undefined)
        return fail('--verify requires --public-key: who has to have signed it')
      process.exitCode = printVerified(options.verify, options.publicKey, options)
      return
    }
    if (key === undefined) return fail('name the key')
    if (options.signWith !== undefined && !options.json) return fail('--sign-with requires --json')
    process.exitCode = await proveNow(application, key, options)
  })
}

async function proveNow(application: Application, key: string, options: Options): Promise<number> {
  // Before anything is asked: a file that cannot be used would waste the answers.
  const signing = options.signWith === undefined ? null : readSigningKey(options.signWith)
  return await withOpened(application, options, async ({ context }, { progress }) => {
    const old = options.old ? await readOld() : null
    const proof = await progress.during(key, 'asking the issuer and every store', () =>
      prove(context, key, old),
    )
    const document = { ...proof, signature: null }
    if (!options.json)
      printResult(false, document, () => [...linesOf(proof), '', 'not signed: see --sign-with'])
    else if (signing === null) printResult(true, document, () => [])
    else
      printResult(
        true,
        signProof(
          formatDocument(proof, (text) => text),
          signing,
        ),
        () => [],
      )
    return codes[proof.proof]
  })
}

/** A key of several parts comes as a JSON object of them. */
async function readOld() {
  const text = process.stdin.isTTY ? await askHidden('Old key') : await readStdin()
  return material(partsOf(text ?? '') ?? { value: (text ?? '').trim() })
}

function partsOf(text: string): Record<string, string> | null {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    return null
  }
  const isParts =
    typeof json === 'object' &&
    json !== null &&
    Object.values(json).every((value) => typeof value === 'string')
  return isParts && !Array.isArray(json) ? (json as Record<string, string>) : null
}

function printNewKey(file: string, { json = false }: Options): void {
  const id = keyIdOf(makeSigningKey(file))
  printResult(json, { file, publicKey: `${file}.pub`, keyId: id }, () => [
    `${file}: the private key, for --sign-with; only its owner can read it`,
    `${file}.pub: the public key, for --verify; give it to whoever has to rely on the documents`,
    `key id ${id}`,
  ])
}

function printVerified(file: string, publicKey: string, { json = false }: Options): number {
  const key = readPublicKey(publicKey)
  const proof: ProofDocument = JSON.parse(openProof(readDocument(file), key))
  if (!json) printNote(paint('green', `signed by ${keyIdOf(key)}`, process.stderr))
  printResult(json, proof, () => linesOf(proof))
  return codes[proof.proof]
}

const words = { proved: 'proved', 'not-proved': 'NOT PROVED', 'cannot-tell': 'cannot be told' } as const
const colours = { proved: 'green', 'not-proved': 'red', 'cannot-tell': 'yellow' } as const

function linesOf(proof: ProofDocument): string[] {
  const { key, installation, service, environment, owner, issuer, current, old } = proof
  const at = new Date(proof.at).toISOString()
  return [
    `${paint('bold', key)}: ${paint(colours[proof.proof], words[proof.proof])} on ${at}, by installation ${installation}`,
    `  ${service} in ${environment}, owner ${owner}, issuer ${issuer}`,
    `  key in use ${current.fingerprint}${described(current)}`,
    `  old key ${old.fingerprint}${described(old)}, ${old.state} since ${new Date(old.until).toISOString()} by the journal`,
    ...proof.claims.map(
      ({ claim, proof: of, why }) => `  ${paint(colours[of], words[of])}: ${claim}: ${why}`,
    ),
    ...(proof.copies.length === 0 ? ['  no copy of an earlier key was found in the versions on record'] : []),
    ...proof.copies.map(
      ({ target, version, fingerprint, field }) =>
        `  copy of ${fingerprint} in ${target}${field === undefined ? '' : `, field ${field}`}, version ${version}`,
    ),
    ...proof.unread.map(
      ({ target, version, why }) => `  not known whether ${target} still has version ${version}: ${why}`,
    ),
    ...proof.notes.map((note) => `  ${note}`),
    ...(proof.rotation ? [`  rotation ${proof.rotation} runs: what is in use may change`] : []),
  ]
}

function described({ name, id }: { name: string | null; id: string | null }): string {
  return (name ?? id) ? ` (${[name, id].filter((one) => one !== null).join(', ')})` : ''
}
