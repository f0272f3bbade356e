import { App } from '@modelcontextprotocol/ext-apps'

const app = new App({ name: 'cost-chart', version: '1.0.0' })
await app.connect()
