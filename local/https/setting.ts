/**
 * LOCAL_HTTPS: serves the Entra emulator over https, since unmodified MSAL and azure-identity refuse an http authority.
 * The CA certificate that clients must trust is in .local/, new on every start.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { SettingsError } from '../settings-file.ts'
import { type LocalCertificates, localCertificates } from './certificates.ts'

/** For `NODE_EXTRA_CA_CERTS` (Node), `REQUESTS_CA_BUNDLE` (Python) and `SSL_CERT_FILE` (Go, .NET). */
export const authorityFile = '.local/ca.pem'

/**
 * The emulator's certificates, or undefined without LOCAL_HTTPS. Makes this process trust them.
 * @throws SettingsError
 */
export async function httpsSetting(): Promise<LocalCertificates | undefined> {
  const { LOCAL_HTTPS: wanted = '' } = process.env
  if (wanted === '' || wanted === 'false') return undefined
  if (wanted !== 'true') throw new SettingsError('LOCAL_HTTPS must be true or false.')
  const certificates = localCertificates()
  await mkdir(dirname(authorityFile), { recursive: true })
  await writeFile(authorityFile, certificates.authority)
  setDefaultCACertificates([...getCACertificates('default'), certificates.authority])
  return certificates
}
