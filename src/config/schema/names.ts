/* Forms of names that several parts of the config share. */
import { z } from 'zod'

const labelText =
  'expected lower case letters, digits and dashes, at most 63, beginning and ending with a letter or digit'

/** A DNS label: the names of keys and of everything keys refer to. */
export const label = z.string({ error: labelText }).regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, labelText)

const wordsText = 'expected at most 100 characters, without leading, trailing or double spaces'

/** Words for people: an environment, a service, an owner. */
export const words = z
  .string()
  .max(100, wordsText)
  .regex(/^[^\s\p{Cc}]+(?: [^\s\p{Cc}]+)*$/u, wordsText)
