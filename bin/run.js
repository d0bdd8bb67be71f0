#!/usr/bin/env node
import { execute, settings } from '@oclif/core';

// Always run the build, even if a test runner has set NODE_ENV.
settings.enableAutoTranspile = false;
await execute({ dir: import.meta.url });
// A store that hangs, or a client that reconnects, must not keep the process alive.
process.exit();
