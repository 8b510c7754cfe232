import { z } from 'zod'
import { isLoopback } from '../http/loopback.ts'

/** Whether keys and tokens may be sent to this URL: https, or plain http to this machine; no user information. */
export function isSafeUrl(url: URL): boolean {
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname))
  return isPrivate && url.username === '' && url.password === ''
}

/** The address of a service, to which paths are added: {@link isSafeUrl}, without query and fragment. */
export const serviceUrl = z.string().refine((text) => {
  const url = URL.parse(text)
  return url !== null && isSafeUrl(url) && url.search === '' && url.hash === ''
}, 'expected an https URL without user, query and fragment (plain http to this machine only)')
