/** Makes a certificate authority for one run, and its certificate for `localhost` (RFC 5280). Writes no file. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import {
  bits,
  commonName,
  element,
  identifier,
  integer,
  octets,
  pem,
  sequence,
  utcTime,
} from './der.ts'

export type LocalCertificates = {
  /** PEM, for clients to trust. Its private key is discarded. */
  authority: string
  /** PEM, for the server. */
  certificate: string
  key: string
}

const days = 24 * 60 * 60_000

/** @param now milliseconds since the epoch */
export function localCertificates(now = Date.now()): LocalCertificates {
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const issue = (subject: string, publicKey: KeyObject, extensions: Buffer) =>
    certificate({ subject, publicKey, extensions, issuerKey: authority.privateKey, now })
  return {
    authority: issue(issuer, authority.publicKey, isAuthority),
    certificate: issue('localhost', server.publicKey, isLocalhost),
    key: server.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

const issuer = 'Local stack (throwaway)'
/** 1.2.840.10045.4.3.2, ECDSA with SHA-256. */
const algorithm = sequence(identifier('2a8648ce3d040302'))

/** Valid for a year, the longest that clients accept, from yesterday, for slow clocks. */
function certificate(options: {
  subject: string
  publicKey: KeyObject
  extensions: Buffer
  issuerKey: KeyObject
  now: number
}): string {
  const { subject, publicKey, extensions, issuerKey, now } = options
  const body = sequence(
    element(0xa0, integer(Buffer.from([2]))),
    // RFC 5280 §4.1.2.2: positive.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    commonName(issuer),
    sequence(utcTime(new Date(now - days)), utcTime(new Date(now + 365 * days))),
    commonName(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    element(0xa3, sequence(extensions)),
  )
  return pem('CERTIFICATE', sequence(body, algorithm, bits(sign('sha256', body, issuerKey))))
}

const yes = element(0x01, Buffer.from([0xff]))
/** 2.5.29.19, basic constraints: cA. */
const isAuthority = sequence(identifier('551d13'), yes, octets(sequence(yes)))
/** 2.5.29.17, subject alternative name: one DNS name and the two loopback addresses. */
const isLocalhost = sequence(
  identifier('551d11'),
  octets(
    sequence(
      element(0x82, Buffer.from('localhost')),
      element(0x87, Buffer.from([127, 0, 0, 1])),
      element(0x87, Buffer.from('00000000000000000000000000000001', 'hex')),
    ),
  ),
)
