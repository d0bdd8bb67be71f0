import { render, type Instance } from 'ink';
import type { ReactNode } from 'react';

import { isErrno } from '../../util/errno.js';
import { screenOf, type Screen } from './terminal.js';

/** The two forms of a live view. Both are pure: a frame holds everything that they show. */
export interface View<Frame> {
  /** The whole view, for a terminal; shorter than `screen.rows`, or the terminal flickers. */
  readonly render: (frame: Frame, screen: Screen) => ReactNode;
  /** The lines to print for a frame in append-only output; `previous` was printed last. */
  readonly plain: (frame: Frame, previous: Frame | undefined) => readonly string[];
}

/** An open live view. Every code path must `close()` it. */
export interface Live<Frame> extends AsyncDisposable {
  /** Shows a frame; the plain form prints the newest one at most once a second. */
  update(frame: Frame): void;
  /** Leaves the last frame on the screen and restores the terminal. Idempotent. */
  close(): Promise<void>;
  /** Aborted when the reader goes away (`gamemetrics tail | head`). */
  readonly readerGone: AbortSignal;
  /** Rejects if the view cannot be rendered, which is a bug; never resolves. */
  readonly failed?: Promise<never>;
}

export interface LiveOptions {
  readonly stream: NodeJS.WriteStream;
  /** What the stream can show; detected by default. Its size after a resize is always detected. */
  readonly screen?: Screen;
}

/** At most one plain frame is printed in this time. */
export const plainIntervalMs = 1000;

/** Opens a live view on a stream: Ink on an interactive terminal, plain lines elsewhere. */
export function openLive<Frame>(view: View<Frame>, options: LiveOptions): Live<Frame> {
  const screen = options.screen ?? screenOf(options.stream);
  const gone = new AbortController();
  const onError = (error: Error) => {
    // Any other error is reported by the write that fails.
    if (isErrno(error, 'EPIPE')) gone.abort();
  };
  options.stream.on('error', onError);
  const shown = screen.interactive
    ? openInk(view, options.stream, screen)
    : openPlain(view, options.stream, gone.signal);
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= shown.close().finally(() => options.stream.off('error', onError));
    return closing;
  };
  return {
    update: shown.update,
    close,
    readerGone: gone.signal,
    [Symbol.asyncDispose]: close,
  };
}

type Shown<Frame> = Pick<Live<Frame>, 'update' | 'close'>;

function openInk<Frame>(
  view: View<Frame>,
  stream: NodeJS.WriteStream,
  first: Screen,
): Shown<Frame> {
  let ink: Instance | undefined;
  let screen = first;
  let latest: { readonly frame: Frame } | undefined;
  const draw = () => {
    if (latest === undefined) return;
    const element = view.render(latest.frame, screen);
    if (ink === undefined) {
      // Ctrl-C remains a signal to the process: the command shuts down in order.
      ink = render(element, { stdout: stream, exitOnCtrlC: false });
    } else {
      ink.rerender(element);
    }
  };
  const onResize = () => {
    const { columns, rows } = screenOf(stream);
    screen = { ...screen, columns, rows };
    draw();
  };
  stream.on('resize', onResize);
  return {
    update: (frame) => {
      latest = { frame };
      draw();
    },
    close: async () => {
      stream.off('resize', onResize);
      if (ink === undefined) return;
      const exited = ink.waitUntilExit();
      ink.unmount();
      await exited;
    },
  };
}

function openPlain<Frame>(
  view: View<Frame>,
  stream: NodeJS.WriteStream,
  readerGone: AbortSignal,
): Shown<Frame> {
  let printed: { readonly frame: Frame; readonly atMs: number } | undefined;
  let waiting: Frame | undefined;
  let timer: NodeJS.Timeout | undefined;
  const print = () => {
    clearTimeout(timer);
    timer = undefined;
    const frame = waiting;
    if (frame === undefined) return;
    waiting = undefined;
    const lines = view.plain(frame, printed?.frame);
    printed = { frame, atMs: performance.now() };
    if (lines.length > 0 && !readerGone.aborted) stream.write(`${lines.join('\n')}\n`);
  };
  return {
    update: (frame) => {
      waiting = frame;
      const dueInMs =
        printed === undefined ? 0 : printed.atMs + plainIntervalMs - performance.now();
      if (dueInMs <= 0) print();
      else timer ??= setTimeout(print, dueInMs);
    },
    close: () => {
      print();
      return Promise.resolve();
    },
  };
}
