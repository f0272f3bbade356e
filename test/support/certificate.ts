/** A self-signed X.509 certificate, as small as RFC 5280 allows, so that no test needs openssl. */
import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

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
  const certificate = sequence(body, sha256WithRsa, bitString(signature))
  const lines = certificate.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    thumbprintSha256: createHash('sha256').update(certificate).digest('hex'),
  }
}

/** TBSCertificate, version 1 (RFC 5280 §4.1). */
function certificateBody(publicKey: KeyObject): Buffer {
  const name = sequence(element(0x31, sequence(commonName, element(0x0c, Buffer.from('test')))))
  const validity = sequence(utcTime('250101000000Z'), utcTime('491231235959Z'))
  const serial = element(0x02, Buffer.from([1]))
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return sequence(serial, sha256WithRsa, name, validity, name, spki)
}

const element = (tag: number, content: Buffer) =>
  Buffer.concat([Buffer.from([tag, ...derLength(content.length)]), content])
const sequence = (...parts: Buffer[]) => element(0x30, Buffer.concat(parts))
const bitString = (content: Buffer) => element(0x03, Buffer.concat([Buffer.from([0]), content]))
const utcTime = (time: string) => element(0x17, Buffer.from(time))

const derLength = (length: number) =>
  length < 0x80 ? [length] : [0x82, length >> 8, length & 0xff]

/** 2.5.4.3 */
const commonName = element(0x06, Buffer.from([0x55, 0x04, 0x03]))
/** 1.2.840.113549.1.1.11, with NULL parameters. */
const sha256WithRsa = sequence(
  element(0x06, Buffer.from([0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b])),
  element(0x05, Buffer.alloc(0)),
)
