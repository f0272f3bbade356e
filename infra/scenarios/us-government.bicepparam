// A national cloud: Azure Government.
using '../main.bicep'
extends 'default.bicepparam'

param cloud = loadJsonContent('clouds.json').AzureUSGovernment
