// Made by `npm run generate` from the files of this folder.
import { cost } from './cost.ts'
import { directory } from './directory.ts'
import { resources } from './resources.ts'

export const endpoints = [cost, directory, resources]
