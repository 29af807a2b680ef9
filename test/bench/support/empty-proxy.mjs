// The least that stands between a client and a service: node:http on both sides, everything passed on as it is, in its
// own process. Its argument is where to, as JSON options of http.request. A POST to /discard is read and thrown away.
import { Agent, createServer, request } from 'node:http';

/** @type {unknown} */
const given = JSON.parse(process.argv[2] ?? '{}');
const to = /** @type {import('node:http').RequestOptions} */ (given);
const agent = new Agent({ keepAlive: true });

const server = createServer((question, answer) => {
  if (question.url === '/discard') {
    question.resume().once('end', () => answer.end());
    return;
  }
  const { method, url, headers } = question;
  const outgoing = request({ ...to, agent, method, path: url, headers }, (response) => {
    answer.writeHead(response.statusCode ?? 502, response.rawHeaders);
    response.pipe(answer);
  });
  outgoing.once('error', () => answer.destroy());
  question.pipe(outgoing);
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : '');
});
