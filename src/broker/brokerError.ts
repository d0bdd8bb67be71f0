type BrokerErrorCode =
  /** The port is taken, or may not be bound. */
  | 'LISTEN_FAILED'
  /** Another broker works on the data directory. */
  | 'DATA_DIR_LOCKED'
  /** The data directory is of another format, damaged, or may not be written. */
  | 'DATA_DIR_UNUSABLE';

/** Why the broker cannot run, and what to do about it. */
export class BrokerError extends Error {
  override readonly name = 'BrokerError';
  readonly code: BrokerErrorCode;
  readonly cure: string;

  constructor(code: BrokerErrorCode, message: string, cure: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.cure = cure;
  }
}
