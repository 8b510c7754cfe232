/**
 * What a provider outside this repository builds on, published as `keyrota`: the contracts, whole, with the few values
 * they hold. Its laws are published as `keyrota/laws`.
 */
export * from './contracts/call.ts'
export * from './contracts/consumer.ts'
export * from './contracts/errors.ts'
export * from './contracts/fingerprint.ts'
export * from './contracts/journal.ts'
export * from './contracts/key-issuer.ts'
export * from './contracts/notifier.ts'
export * from './contracts/provider-entry.ts'
export type { KeyRecord } from './contracts/record.ts'
export * from './contracts/secret-store.ts'
export * from './contracts/secret-value.ts'
