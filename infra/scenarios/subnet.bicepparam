// Storage and vault answer to a subnet only.
using '../main.bicep'
extends 'default.bicepparam'

param subnetId = '/subscriptions/55555555-5555-4555-8555-555555555555/resourceGroups/net/providers/Microsoft.Network/virtualNetworks/hub/subnets/apps'
