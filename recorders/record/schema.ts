import { FEEDS } from '../feeds/index.ts'
import { recordingSettings } from '../recording/index.ts'
import {
  clobSettings,
  normaliserSettings,
  pollSettings,
  requesterSettings,
  supervisorSettings,
} from '../settings.ts'
import { endpointSettings } from '../supervisor/index.ts'
import { followSettings } from './follow.ts'

/** Everything about recording that can be set: how it is done, and where the sources are. */
export const recorderSchema = {
  recorder: {
    ...recordingSettings,
    ...followSettings,
    ...supervisorSettings,
    ...requesterSettings,
    ...pollSettings,
    ...clobSettings,
    ...normaliserSettings,
  },
  endpoints: endpointSettings(FEEDS),
} as const
