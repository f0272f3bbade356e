import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBlobLink } from '../functions/cost/blob-link.ts'

const publicArm = 'https://management.azure.com'
const government = 'https://management.usgovcloudapi.net'
const china = 'https://management.chinacloudapi.cn'
const emulator = 'http://localhost:8401/arm'
const gateway = 'https://arm.contoso.example'
const link = 'https://ccmreport1.blob.core.windows.net/armreports/x?sv=1&sig=a%2Bb'

const cases: [link: string, arm: string, isOne: boolean][] = [
  [link, publicArm, true],
  [link, gateway, true],
  [link, emulator, true],
  ['https://acct.z07.blob.storage.azure.net/a/b?sig=x', publicArm, true],
  ['https://acct-secondary.blob.core.windows.net/a', publicArm, true],
  ['https://acct.blob.core.usgovcloudapi.net/a', government, true],
  ['https://acct.blob.core.chinacloudapi.cn/a', china, true],
  ['http://localhost:8401/blob/a?sig=x', emulator, true],
  ['http://127.0.0.1:9000/blob/a', 'http://127.0.0.1:9000/arm', true],

  [link.replace('https', 'http'), publicArm, false],
  [link.replace('https', 'ftp'), publicArm, false],
  [link.replace('.net/', '.net:8443/'), publicArm, false],
  [link.replace('//', '//user:word@'), publicArm, false],
  [link.replace('.net/', '.net.evil.example/'), publicArm, false],
  [link.replace('ccmreport1.blob', 'evil.example/.blob'), publicArm, false],
  ['https://blob.core.windows.net/a', publicArm, false],
  ['https://a.b.blob.core.windows.net/a', publicArm, false],
  ['https://acct.file.core.windows.net/a', publicArm, false],
  ['https://evil.example/?x=.blob.core.windows.net', publicArm, false],
  ['https://evil.example#.blob.core.windows.net', publicArm, false],
  [link, government, false],
  [link, china, false],
  ['https://acct.blob.core.usgovcloudapi.net/a', publicArm, false],
  ['http://localhost:8401/blob/a', publicArm, false],
  ['http://localhost:8402/blob/a', emulator, false],
  ['http://127.0.0.1:8401/blob/a', emulator, false],
  ['https://arm.contoso.example/blob/a', gateway, false],
  ['/blob/a', emulator, false],
  ['javascript:alert(1)', emulator, false],
  ['', publicArm, false],
]
for (const [url, arm, isOne] of cases) {
  test(`${url || 'nothing'} of ${arm}: ${isOne ? 'a blob' : 'refused'}`, () => {
    assert.equal(isBlobLink(url, arm), isOne)
  })
}
