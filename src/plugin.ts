/**
 * The API for providers outside this repository, published as `keyrota`: all contracts, with the few values they
 * define. The laws that test a provider are published as `keyrota/laws`.
 */
export * from './contracts/call.ts'
export { configPath } from './contracts/config-path.ts'
export * from './contracts/consumer.ts'
export * from './contracts/errors.ts'
export * from './contracts/fingerprint.ts'
export * from './contracts/journal.ts'
export * from './contracts/key-issuer.ts'
export * from './contracts/lifecycle.ts'
export * from './contracts/listing.ts'
export * from './contracts/notifier.ts'
export * from './contracts/provider-entry.ts'
export type { KeyRecord } from './contracts/record.ts'
export * from './contracts/secret-in-ref.ts'
export * from './contracts/secret-store.ts'
export * from './contracts/secret-value.ts'
export * from './contracts/value-shape.ts'
