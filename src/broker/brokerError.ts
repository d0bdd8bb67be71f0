type BrokerErrorCode =
  /** The port is in use, or the process may not bind it. */
  | 'LISTEN_FAILED'
  /** Another broker uses the data directory. */
  | 'DATA_DIR_LOCKED'
  /** The data directory has another format, is damaged, or is not writable. */
  | 'DATA_DIR_UNUSABLE';

/** Why the broker cannot run; `cure` says how to fix it. */
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
