// A national cloud: Azure operated by 21Vianet.
using '../main.bicep'
extends 'default.bicepparam'

param cloud = loadJsonContent('clouds.json').AzureChinaCloud
