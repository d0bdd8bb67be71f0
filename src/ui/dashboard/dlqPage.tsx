import { Box } from 'ink';

import type { DeadLetterSnapshot } from '../../pipeline/observe/snapshot.js';
import type { Screen } from '../terminal/terminal.js';
import { clockText, fitText, printable } from '../terminal/text.js';
import { Gap, Tone } from '../terminal/tone.js';
import { List, selectedLine } from './list.js';
import { matches, type PageProps } from './page.js';

const widths = { id: 8, time: 10, service: 21, code: 20 } as const;
const detailLines = 5;

/** The newest dead letters, and the selected one in full. */
export function DlqPage({ frame, state, rows, screen }: PageProps) {
  const letters = (frame.snapshot?.latestDeadLetters ?? []).filter((letter) =>
    matches(state.filter, letter.service, letter.code, letter.message, letter.original ?? ''),
  );
  const selected = letters[selectedLine(letters, state.line)];
  return (
    <Box flexDirection="column">
      <List
        head={line('id', 'time', 'service', 'error', 'message')}
        lines={letters.map((letter) => ({ key: String(letter.id), text: letterText(letter) }))}
        line={state.line}
        rows={rows - detailLines}
        empty={state.filter === '' ? 'no dead letters' : 'no dead letter matches'}
        screen={screen}
      />
      {selected !== undefined && <Detail letter={selected} screen={screen} />}
    </Box>
  );
}

function Detail({ letter, screen }: { letter: DeadLetterSnapshot; screen: Screen }) {
  const { topic, partition, offset } = letter.source;
  return (
    <>
      <Gap />
      <Tone
        screen={screen}
      >{`  ${letter.at}  ${topic}, partition ${partition}, offset ${offset}`}</Tone>
      <Tone screen={screen}>{`  ${printable(`${letter.code}: ${letter.message}`)}`}</Tone>
      <Tone tone="quiet" screen={screen}>
        {`  ${letter.original === undefined ? 'the original is not JSON' : printable(letter.original)}`}
      </Tone>
    </>
  );
}

function letterText({ id, at, service, code, message }: DeadLetterSnapshot): string {
  return line(String(id), clockText(at), service, code, message);
}

function line(id: string, time: string, service: string, code: string, message: string): string {
  const cells = [
    fitText(id, widths.id - 1),
    fitText(time, widths.time - 1),
    fitText(printable(service), widths.service - 1),
    fitText(printable(code), widths.code - 1),
  ];
  return `${cells.join(' ')} ${printable(message)}`;
}
