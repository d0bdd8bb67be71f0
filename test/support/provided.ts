import type { Endpoints } from '../../src/index.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The services that the integration tests share, or why there are none. */
    readonly services: Endpoints | { readonly missing: string };
  }
}
