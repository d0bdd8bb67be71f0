#!/usr/bin/env node
import { execute, settings } from '@oclif/core';

// The build is what runs, also where a test runner has set NODE_ENV.
settings.enableAutoTranspile = false;
await execute({ dir: import.meta.url });
// A store that hangs, and a client that tries to reach one again, keep nobody who has an answer.
process.exit();
