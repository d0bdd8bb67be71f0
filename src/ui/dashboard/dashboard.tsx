import { Box, Text, useInput, useStdin } from 'ink';
import { useEffect, useRef, useState } from 'react';

import type { Selection } from '../../pipeline/observe/snapshot.js';
import { problemsOf, type PipelineFrame } from '../pipeline/frame.js';
import type { Screen } from '../terminal/terminal.js';
import { clockText, printable } from '../terminal/text.js';
import { Tone } from '../terminal/tone.js';
import { DlqPage } from './dlqPage.js';
import { EventsPage } from './eventsPage.js';
import { Help } from './help.js';
import { keysOf } from './keys.js';
import { LagPage } from './lagPage.js';
import { LeaderboardPage } from './leaderboardPage.js';
import type { PageProps } from './page.js';
import { PipelinePage } from './pipelinePage.js';
import {
  dashboardViews,
  initialState,
  press,
  type DashboardState,
  type DashboardView,
} from './state.js';

/** The callbacks of the dashboard. */
export interface DashboardControls {
  /** Called with what the user wants to see from now on. */
  readonly select: (selection: Selection) => void;
  readonly quit: () => void;
  /** Called on Ctrl-C, for which a terminal in raw mode sends no signal. */
  readonly interrupt: () => void;
}

interface Props {
  readonly frame: PipelineFrame;
  readonly screen: Screen;
  /** The initial view. */
  readonly view: DashboardView;
  readonly controls: DashboardControls;
}

const headLines = 2;
const footLines = 1;

/** The live view of a pipeline, controlled by keys. */
export function Dashboard({ frame, screen, view, controls }: Props) {
  const [state, setState] = useState(() => initialState(view));
  // Keys may arrive faster than React applies the state that they change.
  const latest = useRef(state);
  const { isRawModeSupported } = useStdin();
  useInput(
    (input, key) => {
      let next = latest.current;
      for (const pressed of keysOf(input, key)) {
        const after = press(next, pressed, frame);
        if (typeof after === 'string') {
          controls[after]();
          return;
        }
        next = after;
      }
      latest.current = next;
      setState(next);
    },
    { isActive: isRawModeSupported },
  );
  const { gameId, period, filter } = state;
  const events = state.view === 'events' ? filter : undefined;
  useEffect(() => {
    controls.select({ gameId, period, events });
  }, [controls, gameId, period, events]);

  const shown = state.paused ?? frame;
  const rows = Math.max(1, screen.rows - headLines - footLines);
  return (
    <Box flexDirection="column" width={screen.columns} height={screen.rows}>
      <Header frame={shown} state={state} screen={screen} />
      <Box height={rows} flexDirection="column" overflow="hidden">
        <Body frame={shown} state={state} rows={rows} screen={screen} />
      </Box>
      <Footer frame={shown} state={state} keys={isRawModeSupported} screen={screen} />
    </Box>
  );
}

function Body(props: PageProps) {
  if (props.state.help) return <Help screen={props.screen} />;
  switch (props.state.view) {
    case 'pipeline':
      return <PipelinePage {...props} />;
    case 'events':
      return <EventsPage {...props} />;
    case 'lag':
      return <LagPage {...props} />;
    case 'leaderboard':
      return <LeaderboardPage {...props} />;
    case 'dlq':
      return <DlqPage {...props} />;
  }
}

interface BarProps {
  readonly frame: PipelineFrame;
  readonly state: DashboardState;
  readonly screen: Screen;
}

function Header({ frame, state, screen }: BarProps) {
  const { snapshot } = frame;
  const clock = snapshot === undefined ? '' : `${clockText(snapshot.at)} UTC`;
  const word = state.paused === undefined ? '' : '‖ paused  ';
  const tabs = dashboardViews
    .map((view, index) =>
      view === state.view ? `[${index + 1} ${view}]` : ` ${index + 1} ${view} `,
    )
    .join(' ');
  return (
    <>
      <Box justifyContent="space-between">
        <Tone bold screen={screen}>
          {printable(frame.title)}
        </Tone>
        <Box flexShrink={0}>
          <Text>{word + clock}</Text>
        </Box>
      </Box>
      <Tone tone="accent" screen={screen}>
        {tabs}
      </Tone>
    </>
  );
}

const hints: Readonly<Record<DashboardView, string>> = {
  pipeline: 'g game  ←→ period',
  events: '↑↓ select  / filter',
  lag: '↑↓ select  / filter',
  leaderboard: 'g game  ←→ period  ↑↓ scroll  / filter',
  dlq: '↑↓ select  / filter',
};

function Footer({ frame, state, keys, screen }: BarProps & { readonly keys: boolean }) {
  const [problem] = problemsOf(frame).slice(-1);
  if (state.editing) return <Tone screen={screen}>{`filter: ${printable(state.filter)}▏`}</Tone>;
  if (!keys) return <Tone screen={screen}>Ctrl-C quits (no keyboard on stdin)</Tone>;
  const filter = state.filter === '' ? '' : `  filter "${printable(state.filter)}" (Esc clears)`;
  const text = `tab view  ${hints[state.view]}  p pause  ? help  q quit${filter}`;
  return (
    <Box>
      <Box flexShrink={0}>
        <Tone tone="quiet" screen={screen}>
          {text}
        </Tone>
      </Box>
      {problem !== undefined && state.view !== 'pipeline' && (
        <Tone tone="bad" screen={screen}>{`  ! ${printable(problem)}`}</Tone>
      )}
    </Box>
  );
}
