// A host of the tenant's own, bound to the function app.
using '../main.bicep'
extends 'default.bicepparam'

param customDomain = 'mcp.contoso.com'
