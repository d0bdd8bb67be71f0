/** The connections with a proxy: to each server, and to ingest. */
export const links = ['kafka', 'postgres', 'redis', 'http'] as const;

export type LinkName = (typeof links)[number];

/** A single fault; a fault that lasts has a duration in milliseconds. */
export type Fault =
  | { readonly kind: 'kill'; readonly process: string }
  | { readonly kind: 'pause' | 'slow'; readonly process: string; readonly ms: number }
  | { readonly kind: 'cut' | 'half-close'; readonly link: LinkName; readonly share: number }
  | {
      readonly kind: 'truncate';
      readonly link: LinkName;
      readonly share: number;
      readonly bytes: number;
    }
  | { readonly kind: 'refuse' | 'hold'; readonly link: LinkName; readonly ms: number }
  | {
      readonly kind: 'delay';
      readonly link: LinkName;
      readonly ms: number;
      /** The delay of each chunk, in milliseconds. */
      readonly byMs: number;
    };

/** A fault in words, such as `pause statistics for 1200 ms`. */
export function describeFault(fault: Fault): string {
  const lasting = 'ms' in fault ? ` for ${fault.ms} ms` : '';
  switch (fault.kind) {
    case 'kill':
    case 'pause':
    case 'slow':
      return `${fault.kind} ${fault.process}${lasting}`;
    case 'truncate':
      return `truncate answers of ${fault.link} after ${fault.bytes} bytes, on ${percent(fault.share)} of its connections`;
    case 'cut':
    case 'half-close':
      return `${fault.kind} ${percent(fault.share)} of the connections to ${fault.link}`;
    case 'delay':
      return `delay ${fault.link} by ${fault.byMs} ms${lasting}`;
    case 'refuse':
    case 'hold':
      return `${fault.kind} ${fault.link}${lasting}`;
  }
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
