// The default host's endpoint URLs are identifier URIs, where the tenant allows that.
using '../main.bicep'
extends 'default.bicepparam'

param registerDefaultHost = true
