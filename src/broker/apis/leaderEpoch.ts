import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';

/** Whether a client's idea of the leader's epoch is right (KIP-320); -1 is none. */
export function leaderEpochError(claimed: number, actual: number): ErrorCode {
  if (claimed === -1 || claimed === actual) return errorCodes.NONE;
  return claimed < actual ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH;
}
