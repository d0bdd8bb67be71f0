import { errorCodes, type ErrorCode } from '../codec/errorCodes.js';

/** Checks the leader epoch that a client has sent (KIP-320); -1 means that it sent none. */
export function leaderEpochError(claimed: number, actual: number): ErrorCode {
  if (claimed === -1 || claimed === actual) return errorCodes.NONE;
  return claimed < actual ? errorCodes.FENCED_LEADER_EPOCH : errorCodes.UNKNOWN_LEADER_EPOCH;
}
