import { randomUUID } from 'node:crypto'
import { make } from '../../../../providers/stores/kubernetes-secret/index.ts'
import { options } from '../../../../providers/stores/kubernetes-secret/options.ts'
import { material } from '../../../../src/contracts/secret-value.ts'

/*
 * Runs in a pod of the tests: replaces the field API_KEY of the Secret named in argv with a new value, by the pod's own
 * service account, retires the old one and prints what `check` said and the new version.
 */
const address = { secret: process.argv[2] ?? '', fields: { value: 'API_KEY' } }
const store = make(options.parse({}), { name: 'cluster', stateFolder: '/nonexistent' })
const call = { signal: AbortSignal.timeout(20_000), beforeSend: () => undefined }
const checked = await store.check(address, call)
const { version } = await store.read(address, 'current', call)
const intent = { mark: 'pod-1', replaces: version }
const made = await store.write(address, material({ value: randomUUID() }), intent, call)
const retired = await store.retire(address, version, call)
console.log(JSON.stringify({ checked, version: made.version, retired }))
