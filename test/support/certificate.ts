/** A self-signed X.509 certificate, as small as RFC 5280 allows, so that no test needs openssl. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import {
  bits,
  commonName,
  element,
  identifier,
  integer,
  pem,
  sequence,
  utcTime,
} from '../../local/https/der.ts'

export type Certificate = {
  /** The certificate, PEM. */
  certificate: string
  /** PKCS #8, PEM. */
  privateKey: string
  /** SHA-256 of the certificate, hex. */
  thumbprintSha256: string
}

export function selfSignedCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const body = certificateBody(publicKey)
  const signature = sign('sha256', body, privateKey)
  const certificate = sequence(body, sha256WithRsa, bits(signature))
  return {
    certificate: pem('CERTIFICATE', certificate),
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprintSha256: createHash('sha256').update(certificate).digest('hex'),
  }
}

/** TBSCertificate, version 1 (RFC 5280 §4.1). */
function certificateBody(publicKey: KeyObject): Buffer {
  const name = commonName('test')
  const validity = sequence(utcTime(new Date('2025-01-01')), utcTime(new Date('2049-12-31')))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(integer(Buffer.from([1])), sha256WithRsa, name, validity, name, spki)
}

/** 1.2.840.113549.1.1.11, with NULL parameters. */
const sha256WithRsa = sequence(identifier('2a864886f70d01010b'), element(0x05, Buffer.alloc(0)))
