/* Names in a cluster: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/ */

import { z } from 'zod'

/** A DNS label, as text of a pattern: the name of a namespace, and one piece of the name of an object. */
export const LABEL = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?'

/** The name of an object, as text of a pattern. */
export const SUBDOMAIN = `${LABEL}(?:\\.${LABEL})*`

export const maxNameLength = 253

/** The field manager that our fields belong to. */
export const FIELD_MANAGER = 'keyrota'

export const namespaceName = z.string().regex(new RegExp(`^${LABEL}$`), 'expected the name of a namespace')

export const objectName = z
  .string()
  .max(maxNameLength)
  .regex(new RegExp(`^${SUBDOMAIN}$`), 'expected a name in lower case letters, digits, `-` and `.`')
