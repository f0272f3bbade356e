/** azd's prepackage hook: builds the folder .package (`dist` in azure.yaml). */
import { makePackage } from './make-package.ts'

const { bytes } = await makePackage()
console.log(`.package/dist/functions/main.js ${(bytes / 1024).toFixed(0)} KiB`)
