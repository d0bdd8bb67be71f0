import { render } from 'ink';

import { isErrno } from '../../util/errno.js';
import type { Live, View } from './live.js';
import { ScreenWriter } from './screenWriter.js';
import { screenOf } from './terminal.js';

export interface FullScreenOptions {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
}

/**
 * Opens a view on the terminal's alternate screen. The terminal's contents come back when the view
 * closes or the process exits.
 */
export function openFullScreen<Frame>(
  view: View<Frame>,
  { stdin, stdout }: FullScreenOptions,
): Live<Frame> {
  const gone = new AbortController();
  const onError = (error: Error) => {
    // The terminal window was closed. Any other error is reported by the write that fails.
    if (isErrno(error, 'EPIPE', 'EIO')) gone.abort();
  };
  stdout.on('error', onError);
  let frame: { readonly value: Frame } | undefined;
  const writer = new ScreenWriter(stdout);
  // With `debug`, Ink writes whole frames, unthrottled: the writer finds out what has changed.
  const ink = render(null, {
    stdout: writer as unknown as NodeJS.WriteStream,
    stdin,
    debug: true,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  const exited = ink.waitUntilExit();
  const failed = exited.then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  const draw = () => {
    if (frame !== undefined) ink.rerender(view.render(frame.value, screenOf(stdout)));
  };
  const onResize = () => {
    writer.forget();
    draw();
  };
  stdout.on('resize', onResize);
  const restore = () => writer.leave();
  process.once('exit', restore);
  let closing: Promise<void> | undefined;
  const close = async () => {
    stdout.off('resize', onResize);
    ink.unmount();
    await Promise.allSettled([exited]);
    restore();
    process.off('exit', restore);
    stdout.off('error', onError);
  };
  writer.enter();
  return {
    update: (value) => {
      frame = { value };
      draw();
    },
    close: () => (closing ??= close()),
    readerGone: gone.signal,
    failed,
    [Symbol.asyncDispose]: () => (closing ??= close()),
  };
}
