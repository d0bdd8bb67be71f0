import { z } from 'zod';

import { nameSchema } from '../contract/event.js';
import { periods } from '../contract/windows.js';
import { HttpProblem } from './http/problem.js';
import { resource, type HttpServer } from './http/server.js';
import type { EventReader } from './ports.js';

/** The query of a leaderboard; `at` is an instant or a UTC day within the window. */
export const leaderboardQuerySchema = z.strictObject({
  period: z.enum(periods).default('alltime'),
  limit: z.coerce.number().int().min(1).max(100).default(10),
  around: nameSchema.optional(),
  at: z
    .union([z.iso.datetime({ offset: true }), z.iso.date()], {
      error: 'must be an RFC 3339 date and time, or a day such as 2026-11-23',
    })
    .optional(),
});

const eventIdSchema = z.guid();

/** Adds the GET routes, which read from the stores. */
export function addReadRoutes(app: HttpServer, reader: EventReader): void {
  resource(app, '/api/v1/events/:event_id', {
    GET: async (request) => {
      const eventId = parameter(request.params, 'event_id').toLowerCase();
      if (!eventIdSchema.safeParse(eventId).success) {
        throw invalid([{ path: 'event_id', message: 'must be a UUID' }]);
      }
      const events = await reader.getEvent(eventId);
      if (events.length === 0) throw new HttpProblem(404, `No event ${eventId} is stored yet`);
      return { events };
    },
  });
  resource(app, '/api/v1/players/:player_id/statistics', {
    GET: async (request) => {
      const playerId = nameParameter(request.params, 'player_id');
      const statistics = await reader.getPlayerStatistics(playerId);
      if (statistics === undefined) {
        throw new HttpProblem(404, `No event of player ${playerId} has been counted yet`);
      }
      return statistics;
    },
  });
  resource(app, '/api/v1/leaderboards/:game_id', {
    GET: async (request) => {
      const gameId = nameParameter(request.params, 'game_id');
      const parsed = leaderboardQuerySchema.safeParse(request.query);
      if (!parsed.success) {
        throw invalid(
          parsed.error.issues.map((issue) => ({
            path: issue.code === 'unrecognized_keys' ? issue.keys.join(', ') : issue.path.join('.'),
            message: issue.code === 'unrecognized_keys' ? 'is not a parameter' : issue.message,
          })),
        );
      }
      const { period, limit, around, at } = parsed.data;
      return reader.getLeaderboard({
        gameId,
        period,
        limit,
        ...(around === undefined ? {} : { around }),
        ...(at === undefined ? {} : { atMs: Date.parse(at) }),
      });
    },
  });
}

function parameter(params: unknown, name: string): string {
  return (params as Record<string, string>)[name] ?? '';
}

/** A player's or a game's name, validated because PostgreSQL rejects some texts even in a query. */
function nameParameter(params: unknown, name: string): string {
  const value = parameter(params, name);
  if (nameSchema.safeParse(value).success) return value;
  throw invalid([{ path: name, message: 'is not a valid name' }]);
}

function invalid(errors: { path: string; message: string }[]): HttpProblem {
  return new HttpProblem(422, 'A parameter is not valid', { errors });
}
