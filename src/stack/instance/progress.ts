import type { StackKind } from '../select.js';

/** The progress of an instance, for a view. */
export type ProgressEvent =
  | { readonly type: 'stack'; readonly kind: StackKind; readonly reason: string }
  | { readonly type: 'notice'; readonly text: string }
  /** The instance continues, but less safely. */
  | { readonly type: 'warning'; readonly text: string }
  /** The progress of an image pull. */
  | { readonly type: 'pulling'; readonly text: string }
  | { readonly type: 'starting'; readonly process: string }
  | {
      readonly type: 'ready';
      readonly process: string;
      readonly url: string;
      /** The time since its start began. */
      readonly ms: number;
    }
  | { readonly type: 'restarting'; readonly process: string; readonly reason: string }
  | { readonly type: 'stopping'; readonly process: string };

/** Formats a progress event as one line of text. */
export function describeProgress(event: ProgressEvent): string {
  switch (event.type) {
    case 'stack':
      return `stack: ${event.kind} (${event.reason})`;
    case 'notice':
      return `note: ${event.text}`;
    case 'warning':
      return `warning: ${event.text}`;
    case 'pulling':
      return event.text;
    case 'starting':
      return `starting ${event.process}`;
    case 'ready':
      return `${event.process} is ready at ${event.url} (${(event.ms / 1000).toFixed(1)} s)`;
    case 'restarting':
      return `${event.process} ended (${event.reason}) and is being restarted`;
    case 'stopping':
      return `stopping ${event.process}`;
  }
}
