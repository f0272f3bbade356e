/**
 * LOCAL_HTTPS: Entra on https, since MSAL and azure-identity refuse an http authority as they come. The authority that
 * clients have to trust is in .local/, new on every start.
 */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { SettingsError } from '../settings-file.ts'
import { type LocalCertificates, localCertificates } from './certificates.ts'

/** `NODE_EXTRA_CA_CERTS` of Node, `REQUESTS_CA_BUNDLE` of Python, `SSL_CERT_FILE` of Go and .NET take it. */
export const authorityFile = '.local/ca.pem'

/** What the emulator needs, when wanted; this process trusts it from then on. */
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
