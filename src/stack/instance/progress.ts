import type { StackKind } from '../select.js';

/** What happens to an instance, for the view that shows it. */
export type ProgressEvent =
  | { readonly type: 'stack'; readonly kind: StackKind; readonly reason: string }
  | { readonly type: 'notice'; readonly text: string }
  /** It goes on, but not as safely as it could. */
  | { readonly type: 'warning'; readonly text: string }
  /** How far the pull of an image is. */
  | { readonly type: 'pulling'; readonly text: string }
  | { readonly type: 'starting'; readonly process: string }
  | {
      readonly type: 'ready';
      readonly process: string;
      readonly url: string;
      /** Since it began to start. */
      readonly ms: number;
    }
  | { readonly type: 'restarting'; readonly process: string; readonly reason: string }
  | { readonly type: 'stopping'; readonly process: string };

/** The same as a line of text. */
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
      return `${event.process} ended (${event.reason}) and is started again`;
    case 'stopping':
      return `stopping ${event.process}`;
  }
}
