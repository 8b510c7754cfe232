/** Something wrong with a key that is declared outside the config, in the words of `check`. */
export interface KeyProblem {
  /** E.g. `spec.targets[0].secret`. */
  readonly path: string
  readonly message: string
  readonly expected?: string
  readonly suggestion?: string
}
