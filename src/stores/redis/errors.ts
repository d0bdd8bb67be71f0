import { ReplyError } from 'ioredis';

/**
 * What Redis before 7 makes of an error that it raises itself within a script. Whatever users named
 * could only stand behind the code.
 */
const raisedInScript =
  /^ERR Error running script \(call to f_[0-9a-f]{40}\): (?:@user_script: ?\d+: )+-([A-Z]+) /;

/** The code of an error reply: its first word, or that of the error which ended a script. */
export function replyCode(error: unknown): string | undefined {
  const reply: unknown = error instanceof ReplyError ? error : undefined;
  if (!(reply instanceof Error)) return undefined;
  return raisedInScript.exec(reply.message)?.[1] ?? reply.message.split(' ', 1)[0];
}
