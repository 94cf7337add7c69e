// The loop over Lambda's Runtime API: asks for an event, hands it to the handler, posts the answer.
//
// AWS's own client for Node (aws-lambda-ric) has a part in C++ that its installation builds, curl
// included. This does what that client does, with Node's own HTTP, and does less of it.

import http from "node:http";
import { createRequire } from "node:module";
import { resolve } from "node:path";

const api = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

function ask(method, path, body) {
  return new Promise((done, fail) => {
    const request = http.request(`${api}/${path}`, { method, agent }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => done({ headers: response.headers, body: Buffer.concat(parts) }));
      response.on("error", fail);
    });
    request.on("error", fail);
    request.end(body);
  });
}

const errorBody = (error) =>
  JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] });

let handler;
try {
  ({ handler } = createRequire(import.meta.url)(resolve(process.argv[2])));
} catch (error) {
  await ask("POST", "init/error", errorBody(error));
  throw error;
}

for (;;) {
  const { headers, body } = await ask("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"] ?? "";
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  const context = {
    awsRequestId: id,
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  };
  try {
    const answer = await handler(JSON.parse(body.toString()), context);
    await ask("POST", `invocation/${id}/response`, JSON.stringify(answer));
  } catch (error) {
    await ask("POST", `invocation/${id}/error`, errorBody(error));
  }
}
