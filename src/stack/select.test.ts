import { describe, expect, it } from 'vitest';
import { describeProgress } from './instance/progress.js';
import { selectStack, type StackChoice } from './select.js';

function firstLine(choice: StackChoice, env: Record<string, string>): string {
  return describeProgress({ type: 'stack', ...selectStack(choice, env) });
}

describe('selectStack', () => {
  it('is embedded where no variable of an external stack is set', () => {
    expect(firstLine('auto', { KAFKA_BOOTSTRAP_SERVERS: '', DB_PORT: '5432' })).toBe(
      'stack: embedded (no KAFKA_BOOTSTRAP_SERVERS set)',
    );
  });

  it('is external where one is, and names it', () => {
    expect(firstLine('auto', { REDIS_URL: 'redis://127.0.0.1' })).toBe(
      'stack: external (REDIS_URL is set)',
    );
  });

  it('is what the user says, whatever is set', () => {
    expect(selectStack('embedded', { DB_HOST: '127.0.0.1' }).kind).toBe('embedded');
    expect(selectStack('external', {}).kind).toBe('external');
  });
});
