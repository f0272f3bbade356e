/** Checks the links of a finished report, since people download from them. */
import { isLoopback } from '../../shared/loopback.ts'

/**
 * Blob hosts by cloud. https://learn.microsoft.com/azure/storage/common/storage-account-overview ("Storage account
 * endpoints": standard and Azure DNS zone), and the lists of endpoints of the national clouds.
 */
const publicCloud = /^[a-z\d-]+(\.blob\.core\.windows\.net|\.z\d\d\.blob\.storage\.azure\.net)$/
const nationalClouds: Partial<Record<string, RegExp>> = {
  'management.usgovcloudapi.net': /^[a-z\d-]+\.blob\.core\.usgovcloudapi\.net$/,
  'management.chinacloudapi.cn': /^[a-z\d-]+\.blob\.core\.chinacloudapi\.cn$/,
}

/**
 * True for https on a blob host of the cloud that ARM's base URL belongs to. An emulator of ARM on loopback may keep
 * blobs at its own origin.
 */
export function isBlobLink(link: string, armBaseUrl: string): boolean {
  const url = URL.parse(link)
  const arm = new URL(armBaseUrl)
  if (!url || url.username || url.password) return false
  if (isLoopback(arm) && url.origin === arm.origin) return true
  const hosts = nationalClouds[arm.hostname] ?? publicCloud
  return url.protocol === 'https:' && url.port === '' && hosts.test(url.hostname)
}
