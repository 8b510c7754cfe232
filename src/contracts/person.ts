/** The name of a person who has seen a value: it is kept and shown, so it has the form of one. */

const PERSON = /^[\p{L}\p{N}][\p{L}\p{N} ._@+-]{0,63}$/u

export function isPersonName(text: string): boolean {
  return PERSON.test(text)
}

/** Whether both mean the same person: capitals do not matter. */
export function isSamePerson(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase()
}
