import { Box } from 'ink';

import type { EventSnapshot } from '../../pipeline/observe/snapshot.js';
import { fitText, printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import { List, selectedLine } from './list.js';
import type { PageProps } from './page.js';

const widths = { time: 13, type: 20, player: 18, game: 16 } as const;

/** The latest stored events, and where to find the selected one. */
export function EventsPage({ frame, state, rows, screen }: PageProps) {
  const events = frame.snapshot?.latestEvents ?? [];
  const selected = events[selectedLine(events, state.line)];
  return (
    <Box flexDirection="column">
      <List
        head={line('time', 'type', 'player', 'game', 'data')}
        lines={events.map((event) => ({ key: placeOf(event), text: eventText(event) }))}
        line={state.line}
        rows={rows - 2}
        empty={state.filter === '' ? 'no events yet' : 'no stored event matches'}
        screen={screen}
      />
      {selected !== undefined && (
        <Tone tone="quiet" screen={screen}>
          {`  ${placeOf(selected)}  gamemetrics get event ${selected.eventId}`}
        </Tone>
      )}
    </Box>
  );
}

function placeOf({ partition, offset }: EventSnapshot): string {
  return `partition ${partition} offset ${offset}`;
}

function eventText(event: EventSnapshot): string {
  const { ingestedAt, type, playerId, gameId, data } = event;
  return line(ingestedAt.slice(11, 23), type, playerId, gameId, data);
}

function line(time: string, type: string, player: string, game: string, data: string): string {
  const { time: timeWidth, ...rest } = widths;
  const cells = [fitText(time, timeWidth - 1)];
  cells.push(fitText(printable(type), rest.type - 1));
  cells.push(fitText(printable(player), rest.player - 1));
  cells.push(fitText(printable(game), rest.game - 1));
  return `${cells.join(' ')} ${printable(data)}`;
}
