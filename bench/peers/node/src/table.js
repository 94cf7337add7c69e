// The table: the three calls that both jobs are made of. Each counts what it consumed.

import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  DynamoDBDocumentClient,
  GetCommand,
  TransactWriteCommand,
} from "@aws-sdk/lib-dynamodb";

const TABLE = process.env.TABLE_NAME;
const ATTEMPTS = 8;
const PASSING = ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"];

// Made once per environment, as everybody advises.
const client = DynamoDBDocumentClient.from(
  new DynamoDBClient({
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: 1000, requestTimeout: 1500 },
  }),
  { marshallOptions: { removeUndefinedValues: true } },
);

/** What the present request has consumed: an environment answers one at a time. */
export const consumed = { read: 0, write: 0 };

function count(kind, capacity) {
  for (const one of [capacity ?? []].flat()) {
    consumed[kind] += one.CapacityUnits ?? 0;
  }
}

const pause = (attempt) =>
  new Promise((done) => setTimeout(done, Math.random() * Math.min(400, 20 * 2 ** attempt)));

function known(item, entity) {
  if (item === undefined) {
    return undefined;
  }
  if (item.entity !== entity || item.v > 1) {
    throw new Error(`${entity} expected`);
  }
  return item;
}

/** Reads one item, strongly consistent. */
export async function get(key, entity) {
  const answer = await client.send(
    new GetCommand({
      TableName: TABLE,
      Key: key,
      ConsistentRead: true,
      ReturnConsumedCapacity: "TOTAL",
    }),
  );
  count("read", answer.ConsumedCapacity);
  return known(answer.Item, entity);
}

/** Reads items together, strongly consistent: what is left unprocessed is asked for again. */
export async function batchGet(wanted) {
  const found = new Map();
  let left = wanted.map(({ PK, SK }) => ({ PK, SK }));
  for (let attempt = 0; left.length > 0; attempt += 1) {
    if (attempt === ATTEMPTS) {
      throw new Error("keys are still unprocessed");
    }
    if (attempt > 0) {
      await pause(attempt);
    }
    const answer = await client.send(
      new BatchGetCommand({
        RequestItems: { [TABLE]: { Keys: left, ConsistentRead: true } },
        ReturnConsumedCapacity: "TOTAL",
      }),
    );
    count("read", answer.ConsumedCapacity);
    for (const item of answer.Responses?.[TABLE] ?? []) {
      found.set(`${item.PK} ${item.SK}`, item);
    }
    left = answer.UnprocessedKeys?.[TABLE]?.Keys ?? [];
  }
  return (key, entity) => known(found.get(`${key.PK} ${key.SK}`), entity);
}

/**
 * Does all of it or nothing. Gives the places of the actions whose conditions failed: none where it
 * is done. What merely collided is tried again.
 */
export async function transact(actions) {
  const named = actions.map((action) => {
    const [kind, one] = Object.entries(action)[0];
    return { [kind]: { TableName: TABLE, ...one } };
  });
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await client.send(
        new TransactWriteCommand({ TransactItems: named, ReturnConsumedCapacity: "TOTAL" }),
      );
      count("write", answer.ConsumedCapacity);
      return [];
    } catch (error) {
      const reasons = error.CancellationReasons ?? [];
      const failed = reasons.flatMap((reason, place) =>
        reason.Code === "ConditionalCheckFailed" ? [place] : [],
      );
      if (failed.length > 0) {
        return failed;
      }
      const passing = reasons.some((reason) => PASSING.includes(reason.Code));
      if (!passing || attempt + 1 === ATTEMPTS) {
        throw error;
      }
      await pause(attempt);
    }
  }
}

/** Decides a change that others may race: `attempt` gives `undefined` where it is to look again. */
export async function untilSettled(attempt) {
  for (let tried = 0; tried < ATTEMPTS; tried += 1) {
    const settled = await attempt();
    if (settled !== undefined) {
      return settled;
    }
    await pause(tried);
  }
  throw new Error("others were faster again and again");
}
