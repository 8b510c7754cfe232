/**
 * What a person can confirm, in the words of the command line. The part after the colon names the key, mark, place or
 * value that the statement is about. `workflow/words/confirmations.ts` says what each one means and does.
 */
export type Confirmation =
  | 'abandon'
  | 'another-attempt'
  | 'end-in-use'
  | 'keep-new'
  | 'moved'
  | 'moved-back'
  | 'old-gone'
  | 'reconcile'
  | 'removed-key'
  | 'split'
  | 'value-gone'
  | `adopt:${string}`
  | `another-key:${string}`
  | `dead:${string}`
  | `deleted:${string}`
  | `id:${string}`
  | `keep:${string}`
  | `not-in-use:${string}`
  | `nothing-made:${string}`
  | `orphan:${string}`
  | `overwrite:${string}`
  | `overwritten:${string}`
  | `removed:${string}`
  | `unused:${string}`
