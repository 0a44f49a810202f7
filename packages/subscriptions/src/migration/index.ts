export {
  installCheckpoints,
  type InstallCheckpointsOptions,
  type InstallCheckpointsResult,
} from './install-checkpoints.ts'
