/** azd's prepackage hook: the folder .package, which `dist` of azure.yaml names. */
import { makePackage } from './make-package.ts'

const { bytes } = await makePackage()
console.log(`.package/dist/functions/main.js ${(bytes / 1024).toFixed(0)} KiB`)
