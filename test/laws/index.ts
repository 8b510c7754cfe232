/** The laws of the contracts, published as `keyrota/laws`. An implementation of a contract must pass its whole law. */
export * from './consumer.ts'
export * from './journal.ts'
export * from './key-issuer.ts'
export * from './notifier.ts'
export * from './secret-store.ts'
