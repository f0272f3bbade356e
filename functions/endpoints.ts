// Made by `npm run generate` from the files of this folder.
import { cost } from './cost.ts'

export const endpoints = [cost]
