import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished } from 'vitest';

import { bytesOf, type StoredBytes } from '../../../src/broker/codec/bytes.js';
import { errorCodes } from '../../../src/broker/codec/errorCodes.js';
import { readBatchHeader, type BatchHeader } from '../../../src/broker/codec/recordBatch.js';
import { PartitionLog, type LogConfig } from '../../../src/broker/log/partitionLog.js';
import { logConfig } from '../../../src/broker/log/topicConfig.js';
import { makeBatch, type BatchOptions } from './batchBuilder.js';

export const nowMs = 1_700_000_100_000;

/** A directory that is removed at the end of the test. */
export function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'log-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

interface Opened {
  readonly log: PartitionLog;
  readonly warnings: string[];
}

/** Opens a partition log; its warnings are collected. */
export function openLog(dir: string, config: Partial<LogConfig> = {}, now = nowMs): Opened {
  const warnings: string[] = [];
  const log = new PartitionLog({
    dir,
    config: { ...logConfig({}), ...config },
    warn: (message) => warnings.push(message),
    now: () => now,
  });
  return { log, warnings };
}

/** @returns the base offset */
export function append(
  log: PartitionLog,
  values: string[],
  options: Partial<BatchOptions> = {},
): number {
  const result = log.append(makeBatch({ values, ...options }));
  expect(result.error).toBe(errorCodes.NONE);
  return result.baseOffset;
}

/** The headers of all batches in the result of a read, which must all be complete. */
export function batches(read: StoredBytes): BatchHeader[] {
  const bytes = bytesOf(read);
  const headers: BatchHeader[] = [];
  let at = 0;
  while (at < bytes.length) {
    const header = readBatchHeader(bytes, at);
    headers.push(header);
    at += header.size;
  }
  expect(at).toBe(bytes.length);
  return headers;
}

/** Reads all batches from the start of the log, as a consumer does. */
export function readAll(log: PartitionLog, maxBytes = 300): BatchHeader[] {
  const all: BatchHeader[] = [];
  let offset = log.startOffset;
  while (offset < log.endOffset) {
    const got = batches(log.read(offset, maxBytes, true));
    expect(got[0]?.baseOffset).toBe(offset);
    all.push(...got);
    offset = (got.at(-1)?.lastOffset ?? offset) + 1;
  }
  return all;
}

/** The names of the segment files. */
export function logFiles(dir: string): string[] {
  return readdirSync(dir).filter((name) => name.endsWith('.log'));
}
