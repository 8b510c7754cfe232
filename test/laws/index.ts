/** The laws of the contracts, published as `keyrota/laws`: whoever implements a contract runs all of its law. */
export * from './consumer.ts'
export * from './journal.ts'
export * from './key-issuer.ts'
export * from './notifier.ts'
export * from './secret-store.ts'
