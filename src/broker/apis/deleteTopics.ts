import { errorCodes } from '../codec/errorCodes.js';
import { array, int16, int32, since, string, struct } from '../codec/layout.js';
import { defineApi } from './api.js';

export const request = struct({
  topicNames: array(string),
  timeoutMs: int32,
});

export const response = struct({
  throttleTimeMs: since(1, int32, 0),
  responses: array(struct({ name: string, errorCode: int16 })),
});

export const deleteTopics = defineApi({
  key: 20,
  name: 'DeleteTopics',
  minVersion: 0,
  maxVersion: 3,
  flexibleFrom: 4,
  request,
  response,
  async handle({ topicNames }, { services }) {
    const names = [...new Set(topicNames)];
    const responses = await Promise.all(
      names.map(async (name) => {
        if (services.topics.get(name) === undefined) {
          return { name, errorCode: errorCodes.UNKNOWN_TOPIC_OR_PARTITION };
        }
        const removed = services.topics.delete(name);
        // Before a client can recreate the topic and commit offsets for it.
        services.groups.forgetTopic(name);
        await removed;
        return { name, errorCode: errorCodes.NONE };
      }),
    );
    return { throttleTimeMs: 0, responses };
  },
});
